"""The rules as checks that the test engine calls, on the request as it was sent and the response as it came.

The engine's own checks for the same rules look at what it meant to send. They run in addition, as a second opinion,
wherever a rule does not replace them.
"""

from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from urllib.parse import urlsplit

import requests
from schemathesis import CheckContext, Response

from bodydouble.contracts.core.wire import WireRequest, WireResponse
from bodydouble.contracts.endpoint import schemathesis_adapter as adapter
from bodydouble.contracts.endpoint.availability import NETWORK_ERRORS
from bodydouble.contracts.endpoint.exchange_log import PROBES, Purpose
from bodydouble.contracts.endpoint.rules import RULES, CheckedCase, Rule, RuleViolation
from bodydouble.contracts.endpoint.schemathesis_adapter import AnyCase, CheckFunction
from bodydouble.contracts.endpoint.transport import Transport

REPLACED_CHECKS = tuple(name for rule in RULES for name in rule.replaces)


def engine_checks(transport: Transport, probed: set[str]) -> dict[str, CheckFunction]:
    """The checks of one run, by the names of their rules.

    Args:
        transport: sends the probes of checks, and its log knows what the engine has sent.
        probed: the operations whose credentials have been probed; grows.
    """
    return dict(_functions(RULES, transport, probed))


def _functions(rules: Iterable[Rule], transport: Transport, probed: set[str]) -> Iterator[tuple[str, CheckFunction]]:
    for rule in rules:
        if rule.check is not None:
            yield rule.name, _function(rule, transport, probed)


def _function(rule: Rule, transport: Transport, probed: set[str]) -> CheckFunction:
    def check(context: CheckContext, response: Response, case: AnyCase) -> None:
        entry = transport.log.entry(response.request)
        if entry is None:
            # There was no response; the log has told so.
            return
        exchange = entry.exchange

        def confirm_rejection(rejected: bool) -> None:
            # Parameters that no specification names break none. The engine knows, but takes the text of a declared
            # number for a broken number when it cannot find the request's URL again, as where the specification's path
            # has a fragment.
            if not adapter.only_adds_parameters(case):
                adapter.confirm_rejection(context, response, case, rejected=rejected)

        checked = CheckedCase(
            exchange.contract,
            exchange,
            adapter.is_malformed(case),
            adapter.tries_other_method(case),
            adapter.is_made_from_schema(case),
            confirm_rejection,
            _Probes(exchange.operation.id, response.request, transport, probed),
        )
        violation = _violation(rule, checked)
        if violation is not None:
            raise adapter.ContractFailure(case, rule.name, violation)

    return check


def _violation(rule: Rule, checked: CheckedCase) -> RuleViolation | None:
    # A probe without a response is in the log, and tells nothing about the rule.
    with suppress(*NETWORK_ERRORS):
        return None if rule.check is None else rule.check(checked)
    return None


@dataclass(frozen=True, slots=True)
class _Probes:
    """Sends changed copies of one request.

    Args:
        probed: the operations that have been probed; grows.
    """

    operation_id: str
    request: requests.PreparedRequest
    transport: Transport
    probed: set[str]

    def is_due(self, count: int) -> bool:
        return self.operation_id not in self.probed and self.transport.budget.affords(self.operation_id, count)

    def send(self, request: WireRequest) -> WireResponse:
        prepared = self.request.copy()
        url = urlsplit(self.request.url or "")
        prepared.url = url._replace(query=request.query).geturl()
        prepared.headers.clear()
        prepared.headers.update({name: text for name, text in request.headers.items() if name != "host"})
        return self.transport.send_prepared(prepared, Purpose(self.operation_id, PROBES))

    def done(self) -> None:
        self.probed.add(self.operation_id)
