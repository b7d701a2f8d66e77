"""The passive laws in a run: they see all exchanges of it, whatever they were sent for."""

from collections import Counter
from collections.abc import Iterator

import requests

from bodydouble.contracts.endpoint.exchange_log import (
    ISOLATION,
    PROBES,
    SIGN_IN,
    ExchangeLog,
    LoggedExchange,
    LoggedFailure,
)
from bodydouble.contracts.endpoint.laws.context import Call
from bodydouble.contracts.endpoint.laws.results import LawResult, was_tested
from bodydouble.contracts.endpoint.rules import kind
from bodydouble.contracts.endpoint.transport import BudgetSpent
from bodydouble.contracts.model.contract import Contract
from bodydouble.contracts.model.law_violation import LawViolation
from bodydouble.contracts.model.laws import Law
from bodydouble.contracts.model.message_laws import message_violations
from bodydouble.contracts.model.passive_laws import PassiveLaws
from bodydouble.contracts.model.request_changes import parsed

# Sent with wrong or another account's credentials, or before there are any.
_OTHER_PHASES = (PROBES, SIGN_IN, ISOLATION)
# What others do at a shared endpoint between the parts of a response may violate these.
_ASKED_AGAIN = (Law.TOTAL, Law.PAGES)
_Key = tuple[str, Law, str]


class PassiveObserver:
    """Checks the passive laws on the exchanges of one run.

    Args:
        log: sees them all.
    """

    def __init__(self, contract: Contract, log: ExchangeLog) -> None:
        self._contract = contract
        self._laws = PassiveLaws(contract, sees_all=True)
        self._violations: dict[_Key, LawViolation] = {}
        log.subscribe(self._observe)
        log.subscribe_to_failures(self._observe_failure)

    def outcomes(self, call: Call) -> Iterator[LawViolation | LawResult]:
        """What was tested, and what is violated.

        Args:
            call: sends those requests again whose violation another client may have caused.
        """
        for (operation, law), count in list(self._laws.tested.items()):
            yield was_tested(operation, law, count)
        for violation in list(self._violations.values()):
            if violation.law not in _ASKED_AGAIN or len(violation.exchanges) > 1 or _shows_again(violation, call):
                yield violation

    def _observe(self, entry: LoggedExchange) -> None:
        if entry.phase in _OTHER_PHASES:
            return
        for violation in self._laws.observe(entry.exchange):
            self._violations.setdefault(_key(violation), violation)

    def _observe_failure(self, failure: LoggedFailure) -> None:
        operation = self._contract.operations[failure.operation]
        self._laws.abandon(self._laws.begin(operation, parsed(operation, failure.request)))


def _shows_again(violation: LawViolation, call: Call) -> bool:
    exchange = violation.exchanges[-1]
    try:
        again = call(exchange.operation, exchange.request)
    except (BudgetSpent, requests.RequestException):
        return False
    return _key(violation) in {_key(entry) for entry in message_violations(again, Counter())}


def _key(violation: LawViolation) -> _Key:
    return violation.operation, violation.law, kind(violation.message)
