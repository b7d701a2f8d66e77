"""A second opinion on traffic: openapi-core, not this project, reads the specifications and validates exchanges.

Of this project only the wire types, the recording's format and the classifier of responses are used: the latter to know
which requests the server accepted, for an envelope says so, and openapi-core does not read envelopes.
"""

import contextlib
import functools
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from jsonschema_path import SchemaPath
from openapi_core import V31RequestValidator, V31ResponseValidator
from openapi_core.datatypes import RequestParameters
from openapi_core.exceptions import OpenAPIError
from openapi_core.templating.paths.exceptions import PathError
from werkzeug.datastructures import Headers, ImmutableMultiDict

from bodydouble.contracts.model import documents
from bodydouble.contracts.model.loader import load_contract
from bodydouble.contracts.model.response_classifier import classify
from bodydouble.contracts.redaction.recorded_exchange import RecordedExchange

HOST = "http://mock-server"
# Of each operation, content type of the request, HTTP status and code in the envelope, so many exchanges are validated:
# openapi-core takes about a hundred times as long as the mock server.
SAMPLES = 2
# The user agents of the vendors' own SDKs.
SDK_AGENTS = ("AlibabaCloud", "huaweicloud-usdk-python")


@dataclass(frozen=True, slots=True)
class Disagreement:
    """openapi-core rejects a message that the mock server sent or accepted."""

    vendor: str
    message: str
    request: str
    reason: str

    def __str__(self) -> str:
        return f"{self.vendor}, {self.message} of {self.request}: {self.reason}"


@dataclass(frozen=True, slots=True)
class Evaluation:
    """The evaluation of a recording.

    Attributes:
        responses: how many responses were validated, by vendor.
        requests: how many accepted requests were validated, by vendor.
        foreign: exchanges of no specification, such as downloads.
        sampled_out: exchanges of a kind that was validated often enough.
        sdk_operations: vendor and operationId of each request that a vendor's SDK sent, and that was accepted.
    """

    disagreements: tuple[Disagreement, ...]
    responses: dict[str, int]
    requests: dict[str, int]
    foreign: int
    sampled_out: int
    sdk_operations: frozenset[tuple[str, str]] = frozenset()


class RecordedRequest:
    """An exchange's request in the form that openapi-core requires."""

    def __init__(self, exchange: RecordedExchange) -> None:
        sent, self.host_url = exchange.request, HOST
        self.content_type = sent.headers.get("content-type", "application/json").lower()
        self.path, self.method, self.body = sent.path, sent.method.lower(), sent.body or None
        self._pairs: list[tuple[str, str]] | None = None
        self._sent = sent
        self._parameters: RequestParameters | None = None
        if self.path == "/":
            self._pairs = parse_qsl(sent.query, keep_blank_values=True) + self._form()
            self.path = _addressed(sent.headers, self._pairs)

    @property
    def parameters(self) -> RequestParameters:
        """The parameters outside the body; built only for validated requests."""
        if self._parameters is None:
            self._parameters = self._read_parameters()
        return self._parameters

    @parameters.setter
    def parameters(self, parameters: RequestParameters) -> None:
        # openapi-core declares that it may set them.
        self._parameters = parameters

    def _read_parameters(self) -> RequestParameters:
        sent = self._sent
        pairs = parse_qsl(sent.query, keep_blank_values=True) if self._pairs is None else self._pairs
        return RequestParameters(query=ImmutableMultiDict(pairs), header=Headers(list(sent.headers.items())))

    def _form(self) -> list[tuple[str, str]]:
        if self.body is None or not self.content_type.startswith("application/x-www-form-urlencoded"):
            return []
        form, self.body = parse_qsl(self.body.decode("latin-1"), keep_blank_values=True), None
        return form


def _addressed(headers: Mapping[str, str], pairs: list[tuple[str, str]]) -> str:
    """The path of a request whose URL does not identify the operation, by the action that it names."""
    named = headers.get("x-acs-action") or dict(pairs).get("Action")
    return f"/~Action={named}" if named else "/"


class RecordedResponse:
    """An exchange's response in the form that openapi-core requires."""

    def __init__(self, exchange: RecordedExchange) -> None:
        assert exchange.response is not None
        self.status_code = exchange.response.status
        self.headers = Headers(list(exchange.response.headers.items()))
        self.content_type = exchange.response.headers.get("content-type", "").lower()
        self.data = exchange.response.body


def adapted(document: dict[str, Any]) -> dict[str, Any]:
    """A specification in the form in which openapi-core can route by it. Nothing about messages is changed.

    - One server, whatever the specification names: the exchanges are not the vendor's own.
    - Fragments become path segments, `/#Action=X` as `/~Action=X`, because openapi-core routes by path alone.
    - An operation stands under its `x-alternative-methods`, too.

    Requests to such an address are adapted likewise, as the prose of Alibaba's specification has it: they get the path
    of the action that they name; a header counts before the parameter of the same meaning; a form body counts as query.
    """
    paths = {key.replace("#", "~"): _with_alternatives(item) for key, item in document["paths"].items()}
    return {**document, "servers": [{"url": HOST}], "paths": paths}


def _with_alternatives(item: dict[str, Any]) -> dict[str, Any]:
    alternatives = {
        method: operation
        for operation in item.values()
        if isinstance(operation, dict)
        for method in operation.get("x-alternative-methods", ())
    }
    return {**item, **alternatives}


@dataclass(frozen=True, slots=True)
class VendorValidators:
    """openapi-core's validators of one vendor's specification."""

    requests: V31RequestValidator
    responses: V31ResponseValidator

    @classmethod
    @functools.cache
    def of(cls, vendor: str) -> "VendorValidators":
        specification = SchemaPath.from_dict(adapted(documents.load(vendor).content))
        return cls(V31RequestValidator(specification), V31ResponseValidator(specification))


def evaluate(exchanges: Iterable[RecordedExchange]) -> Evaluation:
    """Validate exchanges against the specifications: every sampled response, and every request that was accepted."""
    seen: Counter[tuple[Any, ...]] = Counter()
    responses: Counter[str] = Counter()
    requests: Counter[str] = Counter()
    disagreements: list[Disagreement] = []
    sdk_operations: set[tuple[str, str]] = set()
    foreign = sampled_out = 0
    for exchange in exchanges:
        request = RecordedRequest(exchange)
        operation = _operation(request.method, request.path)
        if operation is None or not exchange.whole or exchange.response is None:
            foreign += 1
            disagreements.extend(_unknown_but_accepted(request, exchange) if operation is None else ())
            continue
        vendor, name = operation
        outcome = classify(load_contract(vendor), exchange.response, None)
        if not outcome.failed and _sent_by_sdk(exchange):
            sdk_operations.add(operation)
        kind = (vendor, name, outcome.status, outcome.code, exchange.request.headers.get("content-type"))
        seen[kind] += 1
        if seen[kind] > SAMPLES:
            sampled_out += 1
            continue
        responses[vendor] += 1
        requests[vendor] += not outcome.failed
        disagreements.extend(_disagreements(vendor, exchange, accepted=not outcome.failed))
    return Evaluation(
        tuple(disagreements), dict(responses), dict(requests), foreign, sampled_out, frozenset(sdk_operations)
    )


def _sent_by_sdk(exchange: RecordedExchange) -> bool:
    return exchange.request.headers.get("user-agent", "").startswith(SDK_AGENTS)


def _operation(method: str, path: str) -> tuple[str, str] | None:
    """Vendor and operationId of a request, as openapi-core finds them; None if the request is for neither."""
    known = _segments()
    # Searching takes long. What is no segment of any path can only be the value of a parameter, whatever it is.
    shape = "/".join(segment if segment in known else "{}" for segment in path.split("/"))
    if (method, shape) not in _OPERATIONS:
        _OPERATIONS[method, shape] = _search(method, path)
    return _OPERATIONS[method, shape]


_OPERATIONS: dict[tuple[str, str], tuple[str, str] | None] = {}


def _search(method: str, path: str) -> tuple[str, str] | None:
    for vendor in _vendors(path):
        with contextlib.suppress(PathError):
            match = VendorValidators.of(vendor).requests.path_finder.find(method, HOST + path)
            return vendor, (match.operation / "operationId").read_str()
    return None


@functools.cache
def _segments() -> frozenset[str]:
    """Every segment of every path, in the form of `adapted`."""
    paths = (path.replace("#", "~") for name in _names() for path in documents.load(name).content["paths"])
    return frozenset(segment for path in paths for segment in path.split("/"))


@functools.cache
def _names() -> tuple[str, ...]:
    return tuple(documents.names())


def _unknown_but_accepted(request: RecordedRequest, exchange: RecordedExchange) -> Iterator[Disagreement]:
    vendors = _vendors(request.path)
    if not vendors or exchange.response is None or not exchange.whole:
        return
    # Where several vendors have such paths, it is an error of one of them.
    if not any(classify(load_contract(vendor), exchange.response, None).failed for vendor in vendors):
        words = f"{request.method} {request.path} ({exchange.response.status})"
        yield Disagreement(vendors[0], "request", words, "accepted, but no operation of the specification")


def _vendors(path: str) -> list[str]:
    """The vendors that have paths with the same first segment."""
    segment = path.split("/")[1].partition("~")[0]
    return [vendor for vendor in _names() if segment in _first_segments(vendor)]


@functools.cache
def _first_segments(vendor: str) -> frozenset[str]:
    return frozenset(path.partition("#")[0].split("/")[1] for path in documents.load(vendor).content["paths"])


def _disagreements(vendor: str, exchange: RecordedExchange, *, accepted: bool) -> Iterator[Disagreement]:
    validators = VendorValidators.of(vendor)
    request, response = RecordedRequest(exchange), RecordedResponse(exchange)
    words = f"{exchange.request.method} {exchange.request.path} ({response.status_code})"
    if accepted:
        for error in validators.requests.iter_errors(request):
            yield Disagreement(vendor, "request", words, _reasons(error))
    for error in validators.responses.iter_errors(request, response):
        yield Disagreement(vendor, "response", words, _reasons(error))


def _reasons(error: BaseException) -> str:
    """The messages of openapi-core, including the underlying schema errors."""
    text = f"{type(error).__name__}: {error}"
    for inner in getattr(error, "schema_errors", ()):
        text += f"; {'/'.join(map(str, inner.absolute_path))}: {inner.message[:300]}"
    cause = error.__cause__
    return f"{text} <- {_reasons(cause)}" if isinstance(cause, OpenAPIError) else text
