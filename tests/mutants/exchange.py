"""One request and its response on their way through the proxy, for a planting to change."""

import json
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import quote, unquote_plus, urlencode

from bodydouble.contracts.core.json_pointer import parts
from bodydouble.contracts.core.names import PlainNames, plain_name
from bodydouble.contracts.core.wire import JSON, WireRequest, WireResponse
from bodydouble.contracts.model.contract import Contract, Operation
from bodydouble.contracts.model.operation_matcher import Match, Matcher
from bodydouble.contracts.model.response_classifier import ResponseClass, classify
from bodydouble.contracts.signatures import md5_template
from bodydouble.contracts.signing.request_signer import RequestSigner

ABSENT = object()
# What a new signature brings anew.
_SIGNED_QUERY = frozenset(
    {"Signature", "SignatureNonce", "SignatureMethod", "SignatureVersion", "AccessKeyId", "Timestamp"}
)
_SIGNED_HEADERS = frozenset({"authorization", "x-acs-date", "x-acs-signature-nonce", "x-sdk-date", "content-length"})
Headers = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class RawResponse:
    """A response as it is on the wire, with the order and spelling of its headers."""

    status: int
    headers: Headers
    body: bytes

    @property
    def wire(self) -> WireResponse:
        """The same with headers by name in lower case."""
        return WireResponse(self.status, {name.lower(): value for name, value in self.headers}, self.body)


Forward = Callable[[WireRequest], RawResponse]


class Endpoint:
    """What the plantings of one run share: the contract, the way to the mock server, and a memory.

    Args:
        forward: sends a request to the mock server.
        credentials: the account's, to sign changed requests with.

    Attributes:
        memory: what plantings remember of the run, under names of their own.
        lock: held while a planting works.
    """

    def __init__(self, contract: Contract, forward: Forward, credentials: Mapping[str, str]) -> None:
        self.contract = contract
        self.forward = forward
        self.memory: dict[str, Any] = {}
        self.lock = threading.RLock()
        self._matcher = Matcher(contract)
        self._host = ""
        self._credentials = {plain_name(name): value for name, value in credentials.items()}
        self._signer = RequestSigner(contract, credentials, lambda request: forward(self._hosted(request)).wire)

    def match(self, request: WireRequest) -> Match:
        """Which operation a request is for."""
        self._host = request.headers.get("host", self._host)
        return self._matcher.match(request)

    def sign(self, operation: Operation, request: WireRequest) -> WireRequest:
        """A changed request with signatures or a token of its own."""
        pairs = [pair for pair in request.query.split("&") if unquote_plus(pair.partition("=")[0]) not in _SIGNED_QUERY]
        headers = {name: value for name, value in request.headers.items() if name not in _SIGNED_HEADERS}
        bare = self._hosted(replace(request, query="&".join(pairs), headers=headers))
        return self._signer.sign(operation, bare)

    def signed_values(self, operation: Operation) -> dict[str, str]:
        """The fields that sign a call which is signed by its own fields."""
        return self._signer.signed_values(operation)

    def sign_of(self, operation: Operation, timestamp: str) -> str:
        """The signature, at another time, of a call that is signed by its own fields."""
        assert operation.signature is not None
        name = plain_name(operation.signature["timestamp"]["name"])
        return md5_template.sign(operation.signature["content"], PlainNames({**self._credentials, name: timestamp}))

    def _hosted(self, request: WireRequest) -> WireRequest:
        return replace(request, headers={**request.headers, "host": self._host})


@dataclass
class Exchange:
    """A request to an operation, and its response, which a planting may change.

    The request is forwarded when the response is first looked at.

    Attributes:
        endpoint: what the plantings of a run share.
        operation: None for a request that belongs to no operation.
        request: as the operation describes it: a form counts as query.
        original: the request as it came.
        cut: how many bytes of the body are sent before the connection is cut; None for all.
        delay: seconds before the response is sent.
    """

    endpoint: Endpoint
    operation: Operation | None
    request: WireRequest
    original: WireRequest
    path_values: Mapping[str, str] = field(default_factory=dict)
    cut: int | None = None
    delay: float = 0.0
    _response: RawResponse | None = None
    _own: RawResponse | None = None

    @property
    def memory(self) -> dict[str, Any]:
        """What plantings remember of the run."""
        return self.endpoint.memory

    @property
    def name(self) -> str:
        """The operation's id, or the empty string."""
        return "" if self.operation is None else self.operation.id

    # The response.

    @property
    def response(self) -> RawResponse:
        """The response as it is so far."""
        if self._response is None:
            self._response = self._own = self.endpoint.forward(self.original)
        return self._response

    @response.setter
    def response(self, response: RawResponse) -> None:
        self._response = response

    @property
    def changed(self) -> bool:
        """Whether the response is another than the mock server's."""
        return self._response != self._own or self.cut is not None or self.delay > 0

    @property
    def classified(self) -> ResponseClass:
        """Whether the response is a success, or which error case."""
        return classify(self.endpoint.contract, self.response.wire, self.operation)

    @property
    def succeeded(self) -> bool:
        """Whether the response is a success."""
        return not self.classified.failed

    @property
    def json(self) -> Any:
        """The response's body, parsed anew each time; None if it is no JSON."""
        return _parsed(self.response.body)

    @json.setter
    def json(self, content: Any) -> None:
        self.body = json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()

    @property
    def body(self) -> bytes:
        """The response's body."""
        return self.response.body

    @body.setter
    def body(self, body: bytes) -> None:
        self.response = replace(self.response, body=body)

    @property
    def status(self) -> int:
        """The response's HTTP status."""
        return self.response.status

    @status.setter
    def status(self, status: int) -> None:
        self.response = replace(self.response, status=status)

    def respond(self, content: Any, status: int = 200) -> None:
        """Respond with another JSON document, without asking the mock server, unless it was asked already."""
        headers = self._response.headers if self._response else (("content-type", JSON),)
        self.response = RawResponse(status, headers, json.dumps(content).encode())

    def header(self, name: str, value: str | None) -> None:
        """Set a header of the response, or remove it with None."""
        others = tuple(pair for pair in self.response.headers if pair[0].lower() != name.lower())
        self.response = replace(self.response, headers=others if value is None else (*others, (name, value)))

    def get(self, place: str) -> Any:
        """The first value at a pointer of the response, with `*` for every item; None if there is none."""
        return next((holder[key] for holder, key in places(self.json, place) if _has(holder, key)), None)

    def every(self, place: str) -> list[Any]:
        """All values at a pointer of the response, with `*` for every item."""
        return [holder[key] for holder, key in places(self.json, place) if _has(holder, key)]

    def edit(self, place: str, change: Callable[[Any], Any], *, first: bool = False) -> None:
        """Change what stands at a pointer of the response, with `*` for every item; ABSENT removes it."""
        # The empty pointer is the whole document.
        holder = {"": self.json}
        there = [(above, key) for above, key in places(holder, "/" + place) if _has(above, key)]
        for above, key in there[:1] if first else there:
            put(above, key, change(above[key]))
        if there:
            self.json = holder[""]

    def put(self, place: str, value: Any) -> None:
        """Put another value at a pointer of the response, if there is one."""
        self.edit(place, lambda _: value)

    # The request.

    @property
    def content(self) -> Any:
        """The request's JSON body; None if it is no JSON."""
        return _parsed(self.request.body)

    def asked(self, place: str) -> Any:
        """A value of the request: `query:page` and `path:id` are texts, `body:/page` is any value; None if absent."""
        kind, _, name = place.partition(":")
        if kind == "path":
            return self.path_values.get(name)
        if kind == "header":
            return self.request.headers.get(name)
        if kind == "query":
            return dict(self.request.query_pairs).get(name)
        content = _parsed(self.request.body)
        return next((holder[key] for holder, key in places(content, name) if _has(holder, key)), None)

    def number(self, place: str, default: int) -> int:
        """A whole number of the request, or a default if it is absent."""
        value = self.asked(place)
        return default if value is None else int(value)

    def again(self, **changes: Any) -> RawResponse:
        """The mock server's response to the same request with other values.

        Args:
            changes: by place, of the form `query:page`; ABSENT leaves a value out.
        """
        assert self.operation is not None
        return self.endpoint.forward(self.endpoint.sign(self.operation, self._changed(changes)))

    def repeat_in_any_case(self) -> None:
        """Take the response to the same request as the account sends it, also if that fails."""
        self.response = self.again()

    def repeat(self, **changes: Any) -> bool:
        """Take the response to the same request with other values, if that succeeds."""
        response = self.again(**changes)
        if classify(self.endpoint.contract, response.wire, self.operation).failed:
            return False
        self.response = response
        return True

    def call(self, operation: str, values: Mapping[str, Any]) -> RawResponse:
        """Call another operation at the mock server, with the account's credentials.

        Args:
            values: by place, of the form `query:page`.
        """
        called = self.endpoint.contract.operations[operation]
        headers = {"content-type": JSON} if called.request_body is not None else {}
        body = b"{}" if called.request_body is not None else b""
        request = WireRequest(called.method, called.path, "", headers, body)
        own = Exchange(self.endpoint, called, request, request, self.path_values)
        return self.endpoint.forward(self.endpoint.sign(called, own._changed(values)))

    def _changed(self, changes: Mapping[str, Any]) -> WireRequest:
        assert self.operation is not None
        request, path_values = self.request, dict(self.path_values)
        pairs, content = list(request.query_pairs), _parsed(request.body)
        for place, value in changes.items():
            kind, _, name = place.partition(":")
            if kind == "path":
                path_values[name] = str(value)
            elif place == "body:":
                content = value
                request = replace(request, headers={**request.headers, "content-type": JSON})
            elif kind == "query":
                pairs = [pair for pair in pairs if pair[0] != name]
                pairs += [] if value is ABSENT else [(name, str(value))]
            else:
                for holder, key in places(content, name):
                    put(holder, key, value)
        path = self.operation.path
        for name, text in path_values.items():
            path = path.replace(f"{{{name}}}", quote(text, safe=""))
        body = request.body if content is None else json.dumps(content).encode()
        return replace(request, path=path, query=urlencode(pairs), body=body)


def _parsed(body: bytes) -> Any:
    try:
        return json.loads(body)
    except ValueError:
        return None


def places(content: Any, place: str) -> Iterator[tuple[Any, Any]]:
    """The holders and keys that a pointer means, whether or not something is there; `*` stands for every item."""
    if not place:
        return
    *above, last = parts(place)
    holders = [content]
    for part in above:
        holders = [item for holder in holders for item in _items(holder, part)]
    for holder in holders:
        if isinstance(holder, dict):
            yield holder, last
        elif isinstance(holder, list):
            yield from ((holder, index) for index in _indexes(holder, last))


def _indexes(holder: list[Any], part: str) -> Iterable[int]:
    if part == "*":
        return range(len(holder))
    return [int(part)] if part.isdigit() and int(part) < len(holder) else []


def _items(holder: Any, part: str) -> list[Any]:
    if isinstance(holder, list):
        return [holder[index] for index in _indexes(holder, part)]
    return [holder[part]] if isinstance(holder, dict) and part in holder else []


def _has(holder: Any, key: Any) -> bool:
    return key in holder if isinstance(holder, dict) else key < len(holder)


def put(holder: Any, key: Any, value: Any) -> None:
    """Put a value into an object or list; ABSENT removes what is there."""
    if value is not ABSENT:
        holder[key] = value
    elif _has(holder, key):
        del holder[key]
