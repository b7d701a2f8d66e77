"""The laws between requests in the traffic of a proxy: what a passive observer can say of them."""

from collections.abc import Iterator

from bodydouble.contracts.model.contract import Contract
from bodydouble.contracts.model.exchange import OperationExchange
from bodydouble.contracts.model.law_violation import LawViolation
from bodydouble.contracts.model.laws import DESCRIPTIONS
from bodydouble.contracts.model.operation_matcher import Match
from bodydouble.contracts.model.passive_laws import PassiveLaws, RequestStart
from bodydouble.contracts.model.violation import Violation
from bodydouble.contracts.proxy.senders import sender_of
from bodydouble.contracts.redaction.recorded_exchange import RecordedExchange

# A proxy runs for long, and under load.
MAX_RECORDS = 2_000


class TrafficLaws:
    """Checks the passive laws on the exchanges of one endpoint; may be used by many threads."""

    def __init__(self, contract: Contract) -> None:
        self._contract = contract
        self._laws = PassiveLaws(contract, MAX_RECORDS, with_bodies=False)

    def begin(self, match: Match) -> RequestStart | None:
        """Note that a request is about to be forwarded; None if no operation is known for it."""
        operation = match.operation
        if operation is None or operation.laws is None:
            return None
        parsed = operation.parse(match.request, match.path_values)
        return self._laws.begin(operation, parsed, sender_of(operation, match.request))

    def violations(
        self, exchange: RecordedExchange, match: Match, start: RequestStart | None = None
    ) -> Iterator[Violation]:
        """What an exchange violates.

        Args:
            start: of its request; None if no other request was on its way.
        """
        start = start or self.begin(match)
        if start is None or match.operation is None:
            return
        if exchange.response is None or not exchange.whole or not exchange.request_whole:
            self._laws.abandon(start)
            return
        seen = OperationExchange(self._contract, match.operation, match.request, exchange.response)
        for violation in self._laws.observe(seen, start.sender, start):
            yield _as_violation(violation)


def _as_violation(violation: LawViolation) -> Violation:
    return Violation("body", violation.pointer, violation.law.value, violation.message, DESCRIPTIONS[violation.law])
