"""Checks for schemathesis that know a vendor's envelope: an error inside HTTP 200 is a failure.

Each is a class that schemathesis instantiates for a run, with the contract as its argument. What they judge is the
request as it was sent and the answer as it came, read by the contract's own model; the checks that schemathesis has for
the same rules judge what it meant to send, and go on in the same run as a second opinion wherever they can be told what
the answer amounts to in HTTP statuses.
"""

import re
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from copy import copy
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import requests
import schemathesis
import schemathesis.checks
from schemathesis import Case, CheckContext, Response
from schemathesis.checks import negative_data_rejection
from schemathesis.core.failures import Failure, Severity
from schemathesis.core.parameters import ParameterLocation
from schemathesis.generation.meta import REQUEST_SHAPE_PROBES, CoverageScenario, TestPhase, coverage_scenario

from bodydouble.contracts.core.path_template import match_path
from bodydouble.contracts.core.wire import WireRequest, WireResponse
from bodydouble.contracts.endpoint import rules
from bodydouble.contracts.endpoint.transport import Traffic
from bodydouble.contracts.model.contract import Contract, Operation
from bodydouble.contracts.model.exchange import OperationExchange
from bodydouble.contracts.model.response_classifier import FORM, classify
from bodydouble.contracts.model.security import SecurityScheme

# Methods whose answers have no body, or none that a specification describes.
_BODILESS_METHODS = frozenset({"HEAD", "OPTIONS", "TRACE"})
AnyCase = Case[Any]


@dataclass(frozen=True, slots=True)
class Probe:
    """A request that a check has sent by itself.

    Attributes:
        spoiled: name of the security scheme whose credential it made wrong; empty for none.
    """

    request: WireRequest
    response: WireResponse
    spoiled: str = ""


class ContractFailure(Failure):
    """A broken promise that one of these checks found.

    Attributes:
        probe: the check's own request that showed it; None if it was the case's.
    """

    kind_title = "Broken contract"

    def __init__(self, case: AnyCase, check: "ContractCheck", message: str, probe: Probe | None = None) -> None:
        super().__init__(
            operation=case.operation.label, title=type(check).__name__, message=message, severity=Severity.HIGH
        )
        self.probe = probe

    @property
    def _unique_key(self) -> str:
        return self.title


class Reader:
    """Reads what schemathesis has sent and received; once, for all checks that judge it one after the other.

    Args:
        contract: in whose terms.
    """

    def __init__(self, contract: Contract) -> None:
        self.contract = contract
        self._last: tuple[Response, OperationExchange] | None = None

    def exchange(self, case: AnyCase, response: Response) -> OperationExchange:
        """A case and its answer, as they were on the wire."""
        if self._last is None or self._last[0] is not response:
            operation = self.contract.operations[case.operation.definition.raw["operationId"]]
            request = wire_request(response.request)
            self._last = response, OperationExchange(self.contract, operation, request, wire_response(response))
        return self._last[1]


class ContractCheck(ABC):
    """What all checks share.

    Args:
        reader: of the contract that promises it.
    """

    def __init__(self, reader: Reader) -> None:
        self.contract = reader.contract
        self.exchange = reader.exchange

    @abstractmethod
    def after_response(self, ctx: CheckContext, response: Response, case: AnyCase) -> None:
        """Judge an answer.

        Raises:
            ContractFailure: a promise is broken.
        """

    def _require(self, case: AnyCase, response: Response, judge: rules.Judge) -> None:
        broken = judge(self.exchange(case, response))
        if broken is not None:
            raise ContractFailure(case, self, broken.message)


class AnswersConform(ContractCheck):
    """Every answer keeps its schema, JSON documents inside strings included, and every failure is a listed error case.

    Goes beyond `status_code_conformance`, `content_type_conformance` and `response_schema_conformance`, which go on:
    they know neither `contentSchema` nor error codes.
    """

    def after_response(self, ctx: CheckContext, response: Response, case: AnyCase) -> None:
        """Judge an answer."""
        if response.request.method in _BODILESS_METHODS or self.exchange(case, response).parsed is None:
            return
        self._require(case, response, rules.answer_conforms)


class NeverBreaksDown(ContractCheck):
    """No request is answered with the error case for faults of the service itself.

    Goes beyond `not_a_server_error`, which goes on: it sees HTTP statuses only.
    """

    def after_response(self, ctx: CheckContext, response: Response, case: AnyCase) -> None:
        """Judge an answer."""
        self._require(case, response, rules.does_not_break_down)


class RejectsInvalidRequests(ContractCheck):
    """A request that breaks the contract is refused, by status or by envelope.

    Replaces `negative_data_rejection`, which takes every HTTP 200 for an acceptance. That check is asked again with the
    status that the answer amounts to, so that its own judgement of what is invalid holds too.
    """

    def after_response(self, ctx: CheckContext, response: Response, case: AnyCase) -> None:
        """Judge an answer."""
        if coverage_scenario(case) in REQUEST_SHAPE_PROBES:
            return
        self._require(case, response, rules.invalid_is_refused)
        outcome = self.exchange(case, response).response_class
        if not _adds_parameters_only(case):
            negative_data_rejection(ctx, _with_status(response, 400 if outcome.failed else 200), case)


class AcceptsValidRequests(ContractCheck):
    """A request that keeps the contract is not refused for its form.

    Replaces `positive_data_acceptance`, which takes every HTTP 200 for an acceptance, and every 4xx that depends on the
    state of things for a refusal. Error cases that answer none of the conditions of a request's form are fine.
    """

    def after_response(self, ctx: CheckContext, response: Response, case: AnyCase) -> None:
        """Judge an answer."""
        if coverage_scenario(case) in REQUEST_SHAPE_PROBES:
            return
        sent = self.exchange(case, response).parsed
        # Steps of stateful tests hold values out of earlier messages besides those that the schema gave.
        meant_valid = (
            case.meta is not None
            and case.meta.generation.mode.is_positive
            and case.meta.phase.name is not TestPhase.STATEFUL
        )
        if sent is None:
            return
        self._require(case, response, rules.valid_is_accepted)
        if meant_valid and sent.violations:
            # Two readers of one schema disagree: one of them would refuse what the other one allows.
            broken = "\n".join(map(str, sent.violations))
            raise ContractFailure(case, self, f"made from the schema, but breaks the contract as read here:\n{broken}")


class RefusesOtherMethods(ContractCheck):
    """A method that the path does not have is answered with the vendor's error case for it.

    Replaces `unsupported_method`, which demands HTTP 405 of everybody, and `allow_header_conformance`, which does not
    know of templates that fit a static path. Where the case has that status, `Allow` must name the methods (RFC 9110,
    15.5.6). A method that the path lacks, but that a template has which the path fits as
    well, must be refused in any documented way. One of the operation's alternative methods must not be refused for its
    sake.
    """

    def after_response(self, ctx: CheckContext, response: Response, case: AnyCase) -> None:
        """Judge an answer."""
        if coverage_scenario(case) is not CoverageScenario.UNSPECIFIED_HTTP_METHOD:
            return
        exchange = self.exchange(case, response)
        outcome = exchange.response_class
        method, expected = response.request.method, self.contract.conditions["wrong-method"]
        if method in exchange.operation.methods:
            if outcome.answers("wrong-method", *FORM):
                raise ContractFailure(case, self, f"{method} is refused, although it is one of the operation's methods")
            return
        if self._falls_to_a_template(exchange):
            if not outcome.failed:
                raise ContractFailure(case, self, f"{method} is answered as a success")
            return
        if response.status_code != expected.status:
            raise ContractFailure(case, self, f"{method} is answered {response.status_code}, not {expected.status}")
        if method not in _BODILESS_METHODS and not outcome.answers("wrong-method"):
            raise ContractFailure(case, self, f"{method} is answered {outcome.name}, not {expected.name}")
        if expected.status == requests.codes.method_not_allowed:
            allowed = re.split(r"[,\s]+", exchange.response.headers.get("allow", ""))
            unnamed = [known for known in exchange.operation.methods if known not in allowed]
            if unnamed:
                raise ContractFailure(
                    case, self, f"{method} is refused without the header Allow that names {unnamed[0]}"
                )

    def _falls_to_a_template(self, exchange: OperationExchange) -> bool:
        # A server may take the last part of a static path for the variable of a template that has the method.
        wire = exchange.request
        method = "GET" if wire.method == "HEAD" else wire.method
        return any(
            method in operation.methods
            and operation.routing == exchange.operation.routing
            and match_path(operation.path, wire.path) is not None
            for operation in self.contract.operations.values()
        )


class RequiresCredentials(ContractCheck):
    """A request that succeeds fails without its credentials, and with wrong ones.

    Replaces `ignored_auth`, which wants HTTP 401 or 403. The very request that has just succeeded is sent twice more:
    bare, and with the last character of each credential changed. Each operation is tried once, if the budget allows.

    Args:
        tried: the operations that have been tried; grows.
    """

    def __init__(self, reader: Reader, traffic: Traffic, tried: set[str]) -> None:
        super().__init__(reader)
        self._traffic = traffic
        self._tried = tried

    def after_response(self, ctx: CheckContext, response: Response, case: AnyCase) -> None:
        """Judge an answer."""
        exchange = self.exchange(case, response)
        operation, wire = exchange.operation, exchange.request
        required = operation.security
        if () in required or operation.id in self._tried or exchange.parsed is None or exchange.response_class.failed:
            return
        used = [scheme for combination in required for scheme in combination if scheme.find(wire) is not None]
        if not used:
            raise ContractFailure(case, self, "succeeds without any credentials")
        bare = wire
        for scheme in used:
            bare = scheme.remove(bare)
        probes = [("without", bare, "")]
        probes += [("with wrong", _spoiled(scheme, wire), scheme.name) for scheme in used]
        if not self._traffic.budget.affords(operation.id, len(probes)):
            return
        for words, request, spoiled in probes:
            probe = Probe(request, self._send(operation, response.request, request), spoiled)
            self._require_refusal(case, probe, words)
        self._tried.add(operation.id)

    def _require_refusal(self, case: AnyCase, probe: Probe, words: str) -> None:
        outcome = classify(self.contract, probe.response)
        if not outcome.failed:
            raise ContractFailure(case, self, f"succeeds {words} credentials", probe)
        if outcome.answers(*FORM, "internal-error", "unavailable"):
            message = f"{words} credentials, is answered {outcome.name} ({outcome.message})"
            raise ContractFailure(case, self, message, probe)

    def _send(self, operation: Operation, original: requests.PreparedRequest, changed: WireRequest) -> WireResponse:
        prepared = original.copy()
        url = urlsplit(original.url or "")
        prepared.url = url._replace(query=changed.query).geturl()
        prepared.headers.clear()
        prepared.headers.update({name: text for name, text in changed.headers.items() if name != "host"})
        return self._traffic.send_prepared(prepared, operation.id)


CHECKS: tuple[type[ContractCheck], ...] = (
    AnswersConform,
    NeverBreaksDown,
    RejectsInvalidRequests,
    AcceptsValidRequests,
    RefusesOtherMethods,
    RequiresCredentials,
)
REPLACED = (
    "negative_data_rejection",
    "positive_data_acceptance",
    "unsupported_method",
    "allow_header_conformance",
    "ignored_auth",
)


@contextmanager
def registered() -> Iterator[None]:
    """Make the checks known to schemathesis for a while; elsewhere in the process they would lack their contract."""
    for check in CHECKS:
        schemathesis.check(check)
    try:
        yield
    finally:
        for check in CHECKS:
            schemathesis.checks.CHECKS.unregister(check.__name__)


def wire_request(prepared: requests.PreparedRequest) -> WireRequest:
    """The request that `requests` has sent, or is about to send."""
    url = urlsplit(prepared.url or "")
    return WireRequest(
        method=(prepared.method or "").upper(),
        path=str(url.path) or "/",
        query=str(url.query),
        headers={"host": str(url.netloc), **{name.lower(): _text(value) for name, value in prepared.headers.items()}},
        body=sent_body(prepared),
    )


def sent_body(prepared: requests.PreparedRequest) -> bytes:
    """The body that `requests` has sent, or is about to send; all of these are in memory."""
    body = prepared.body or b""
    if not isinstance(body, bytes | str):
        raise TypeError(f"a body of type {type(body).__name__} is sent piece by piece")
    return body.encode() if isinstance(body, str) else body


def wire_response(response: Response) -> WireResponse:
    """The answer that schemathesis has received."""
    headers = {name: ", ".join(values) for name, values in response.headers.items()}
    return WireResponse(response.status_code, headers, response.content or b"")


def _text(value: str | bytes) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else value


def _adds_parameters_only(case: AnyCase) -> bool:
    # Parameters that no specification names break none. schemathesis knows, but takes the text of a declared number for
    # a broken number when it cannot find the request's URL again, as where the specification's path has a fragment.
    data = case.meta.phase.data if case.meta is not None else None
    return (
        coverage_scenario(case) is CoverageScenario.OBJECT_UNEXPECTED_PROPERTIES
        and getattr(data, "parameter_location", None) is not ParameterLocation.BODY
    )


def _with_status(response: Response, status: int) -> Response:
    changed = copy(response)
    changed.status_code = status
    return changed


def _spoiled(scheme: SecurityScheme, request: WireRequest) -> WireRequest:
    credential = scheme.find(request) or ""
    return scheme.put(request, credential[:-1] + ("0" if credential[-1:] != "0" else "1"))
