"""Whether the responses in an account's journal keep the laws between requests, as the specifications declare them."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from bodydouble.contracts.core.wire import WireRequest, WireResponse
from bodydouble.contracts.model.contract import Contract, Operation
from bodydouble.contracts.model.exchange import OperationExchange
from bodydouble.contracts.model.laws import DESCRIPTIONS
from bodydouble.contracts.model.loader import load_contract
from bodydouble.contracts.model.passive_laws import PassiveLaws, RequestStart
from bodydouble.contracts.model.request_changes import parsed

# What the control plane does to an account without planting anything: the paths below the account's own.
_HARMLESS = re.compile(r"/clock(/.*)?|/tokens|/deliveries/.*|/journal")
# The journal cuts longer bodies.
_MAX_BODY = 20_000
# Milliseconds by which the journal's times are inexact.
_INEXACT = 1
Entry = Mapping[str, Any]


def require_laws(entries: Sequence[Entry]) -> None:
    """Require that the responses of some journal entries of one account do not contradict each other.

    Raises:
        AssertionError: shows each contradiction, with the requests.
    """
    contradictions = [text for vendor in dict.fromkeys(_vendors(entries)) for text in _broken(vendor, entries)]
    if contradictions:
        count = "1 law is violated" if len(contradictions) == 1 else f"{len(contradictions)} laws are violated"
        raise AssertionError("\n".join([f"{count}:", *contradictions]))


def plants(method: str, path: str) -> bool:
    """Whether a request to the control plane may make an account's responses contradict each other.

    Args:
        path: below the account's own.
    """
    return method != "GET" and _HARMLESS.fullmatch(path) is None


def _vendors(entries: Iterable[Entry]) -> Iterator[str]:
    return (entry["vendor"] for entry in entries if entry["vendor"] and entry["operation"])


def _broken(vendor: str, entries: Sequence[Entry]) -> Iterator[str]:
    contract = load_contract(vendor)
    laws = PassiveLaws(contract)
    starts: dict[int, RequestStart] = {}
    own = [entry for entry in entries if entry["vendor"] == vendor and entry["operation"] in contract.operations]
    for _, ends, number, entry in sorted(_events(own), key=lambda event: event[:3]):
        operation = contract.operations[entry["operation"]]
        request = _request(entry)
        if not ends:
            starts[number] = laws.begin(operation, parsed(operation, request))
        elif len(entry["response_body"]) >= _MAX_BODY:
            laws.abandon(starts[number])
        else:
            yield from _violations(contract, operation, request, entry, laws, starts[number])


def _events(entries: Sequence[Entry]) -> Iterator[tuple[float, bool, int, Entry]]:
    for entry in entries:
        began = entry["real"]
        yield began, False, int(entry["id"]), entry
        yield began + entry["duration"] + _INEXACT, True, int(entry["id"]), entry


def _violations(
    contract: Contract,
    operation: Operation,
    request: WireRequest,
    entry: Entry,
    laws: PassiveLaws,
    start: RequestStart,
) -> Iterator[str]:
    response = WireResponse(entry["status"], {"content-type": "application/json"}, entry["response_body"].encode())
    exchange = OperationExchange(contract, operation, request, response)
    for violation in laws.observe(exchange, start=start):
        requests = "\n".join(f"  {step.request.method} {step.request.path}" for step in violation.exchanges)
        words = f"{violation.law.value} ({DESCRIPTIONS[violation.law]})"
        yield f"\n{contract.vendor} {violation.operation}: {words}: {violation.message}\n{requests}"


def _request(entry: Entry) -> WireRequest:
    headers = entry["request_headers"]
    return WireRequest(entry["method"], entry["path"], entry["query"] or "", headers, entry["request_body"].encode())
