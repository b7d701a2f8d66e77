"""The rules as checks that the test engine calls, on the request as it was sent and the response as it came.

The engine's own checks for the same rules look at what it meant to send. They run in addition, as a second opinion,
wherever a rule does not replace them.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit
from weakref import WeakKeyDictionary

import requests
from schemathesis import CheckContext, Response

from bodydouble.contracts.core.wire import WireRequest, WireResponse
from bodydouble.contracts.endpoint import schemathesis_adapter as adapter
from bodydouble.contracts.endpoint.rules import RULES, CheckedCase, Rule
from bodydouble.contracts.endpoint.schemathesis_adapter import AnyCase, CheckFunction
from bodydouble.contracts.endpoint.transport import Transport
from bodydouble.contracts.model.contract import Contract
from bodydouble.contracts.model.exchange import OperationExchange

REPLACED_CHECKS = tuple(name for rule in RULES for name in rule.replaces)


class ExchangeReader:
    """Reads what the engine has sent and received: once, for all checks and for the report.

    Args:
        contract: in whose terms.
    """

    def __init__(self, contract: Contract) -> None:
        self.contract = contract
        # Cached for as long as the engine itself remembers a request.
        self._exchanges: WeakKeyDictionary[requests.PreparedRequest, OperationExchange] = WeakKeyDictionary()

    def exchange(self, operation_id: str, response: Response) -> OperationExchange:
        """A request to an operation and its response, as they were on the wire."""
        exchange = self._exchanges.get(response.request)
        if exchange is None:
            exchange = OperationExchange(
                self.contract,
                self.contract.operations[operation_id],
                adapter.wire_request(response.request),
                adapter.wire_response(response),
            )
            self._exchanges[response.request] = exchange
        return exchange


def engine_checks(reader: ExchangeReader, transport: Transport) -> dict[str, CheckFunction]:
    """The checks of one run, by the names of their rules.

    Args:
        transport: sends the probes of checks.
    """
    return dict(_functions(RULES, reader, transport))


def _functions(
    rules: Iterable[Rule], reader: ExchangeReader, transport: Transport
) -> Iterator[tuple[str, CheckFunction]]:
    probed: set[str] = set()
    for rule in rules:
        if rule.check is not None:
            yield rule.name, _function(rule, reader, transport, probed)


def _function(rule: Rule, reader: ExchangeReader, transport: Transport, probed: set[str]) -> CheckFunction:
    def check(context: CheckContext, response: Response, case: AnyCase) -> None:
        exchange = reader.exchange(adapter.operation_id(case), response)

        def confirm_rejection(rejected: bool) -> None:
            # Parameters that no specification names break none. The engine knows, but takes the text of a declared
            # number for a broken number when it cannot find the request's URL again, as where the specification's path
            # has a fragment.
            if not adapter.only_adds_parameters(case):
                adapter.confirm_rejection(context, response, case, rejected=rejected)

        checked = CheckedCase(
            reader.contract,
            exchange,
            adapter.is_malformed(case),
            adapter.tries_other_method(case),
            adapter.is_made_from_schema(case),
            confirm_rejection,
            _Probes(exchange.operation.id, response.request, transport, probed),
        )
        violation = rule.check(checked) if rule.check is not None else None
        if violation is not None:
            raise adapter.ContractFailure(case, rule.name, violation)

    return check


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
        return self.transport.send_prepared(prepared, self.operation_id)

    def done(self) -> None:
        self.probed.add(self.operation_id)
