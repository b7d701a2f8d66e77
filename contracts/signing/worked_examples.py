"""Signatures computed step by step, for an account and a fixed time: what a client of its own can be compared with."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode, urlsplit

from bodydouble.contracts.core.names import PlainNames, plain_name
from bodydouble.contracts.core.wire import WireRequest
from bodydouble.contracts.model.contract import Callback, Contract, Operation
from bodydouble.contracts.model.security import SecurityScheme
from bodydouble.contracts.signatures import acs3_hmac_sha256, callbacks, md5_template, mss_a, rpc_hmac_sha1
from bodydouble.contracts.signatures import sdk_hmac_sha256 as sdk
from bodydouble.contracts.signatures.alibaba_access_key import date_text
from bodydouble.contracts.signing.example_request import cheap_read, example_request
from bodydouble.contracts.signing.snippets import Caller

# 2026-01-01T00:00:00Z.
TIME = 1_767_225_600
NONCE = "0123456789abcdef0123456789abcdef"
CALLBACK_URL = "https://receiver.example.com/callbacks?order=7"


@dataclass(frozen=True, slots=True)
class WorkedStep:
    """A step, and what comes of it.

    Attributes:
        label: what it makes.
        text: the result, to the byte.
    """

    label: str
    text: str


@dataclass(frozen=True, slots=True)
class WorkedExample:
    """The steps of one signature.

    Attributes:
        subject: what is signed.
    """

    subject: str
    steps: tuple[WorkedStep, ...]

    @property
    def result(self) -> str:
        """What the last step makes."""
        return self.steps[-1].text


def sign_in_examples(contract: Contract, caller: Caller) -> Mapping[str, WorkedExample]:
    """An example for each signature scheme of requests, and for the operation that issues tokens, by its name."""
    examples: dict[str, WorkedExample] = {}
    token, read = contract.token_operation, cheap_read(contract)
    if token is not None:
        examples[token.id] = WorkedExample(token.id, tuple(_md5_steps(token, caller.credentials)))
    for scheme in contract.security_schemes.values():
        steps = _STEPS.get(scheme.signature["scheme"]) if scheme.signature is not None else None
        if steps is not None and read is not None:
            wire = _unsigned(contract, caller, read, scheme)
            examples[scheme.name] = WorkedExample(read.id, tuple(steps(wire, caller.credentials)))
    return examples


def _unsigned(contract: Contract, caller: Caller, operation: Operation, scheme: SecurityScheme) -> WireRequest:
    wire = example_request(contract, operation, caller.credentials).wire(urlsplit(caller.base_url).netloc)
    if scheme.location == "header":
        return wire
    # A signature in the query belongs to a request that says everything there.
    headers = {name: text for name, text in wire.headers.items() if name not in operation.constant_headers}
    constants = {entry.name: entry.constant for entry in operation.parameters if _is_constant_of_query(entry)}
    return replace(wire, headers=headers, query=urlencode([*constants.items(), *wire.query_pairs]))


def _is_constant_of_query(parameter: Any) -> bool:
    return parameter.location == "query" and parameter.constant is not None


def _md5_steps(operation: Operation, credentials: Mapping[str, str]) -> Iterator[WorkedStep]:
    signature: Mapping[str, Any] = operation.signature or {}
    time = signature["timestamp"]
    timestamp = callbacks.timestamp_text(TIME * 1000, time["unit"])
    own = {plain_name(name): value for name, value in credentials.items()}
    parts = PlainNames({**own, plain_name(time["name"]): timestamp})
    yield WorkedStep("The time", timestamp)
    yield WorkedStep("The text to hash", signature["content"].format_map(parts))
    digest = md5_template.sign(signature["content"], parts)
    yield WorkedStep(f"Its MD5, which is sent as {signature['signature']['name']}", digest)


def _acs3_steps(request: WireRequest, credentials: Mapping[str, str]) -> Iterator[WorkedStep]:
    key, secret = (credentials[name] for name in acs3_hmac_sha256.CREDENTIALS)
    signed = acs3_hmac_sha256.sign(request, key, secret, date=date_text(TIME), nonce=NONCE)
    authorization = acs3_hmac_sha256.Authorization.from_text(signed.headers["authorization"])
    names = authorization.signed_headers
    yield WorkedStep("The request with the headers of the signature", _written(signed, without="authorization"))
    yield WorkedStep("The canonical request", acs3_hmac_sha256.canonical_request(signed, names))
    yield WorkedStep("The text to sign", acs3_hmac_sha256.string_to_sign(signed, names))
    yield WorkedStep("Its HMAC-SHA256, with the access key secret as key", authorization.signature)
    yield WorkedStep("The header Authorization", authorization.to_text())


def _rpc_steps(request: WireRequest, credentials: Mapping[str, str]) -> Iterator[WorkedStep]:
    key, secret = (credentials[name] for name in rpc_hmac_sha1.CREDENTIALS)
    signed = rpc_hmac_sha1.sign(request, key, secret, date=date_text(TIME), nonce=NONCE)
    others = [pair for pair in signed.parameters if pair[0] != rpc_hmac_sha1.SIGNATURE_PARAMETER]
    yield WorkedStep("The parameters", "\n".join(f"{name}={value}" for name, value in sorted(others)))
    yield WorkedStep("The text to sign", rpc_hmac_sha1.string_to_sign(signed.method, signed.parameters))
    value = dict(signed.parameters)[rpc_hmac_sha1.SIGNATURE_PARAMETER]
    yield WorkedStep("Its HMAC-SHA1 in base64, with the access key secret and & as key", value)
    yield WorkedStep("The query with its parameter Signature", signed.query)


def _sdk_steps(request: WireRequest, credentials: Mapping[str, str]) -> Iterator[WorkedStep]:
    key, secret = (credentials[name] for name in sdk.CREDENTIALS)
    date = callbacks.timestamp_text(TIME * 1000, "basic-iso-8601")
    dated = replace(request, headers={**request.headers, sdk.DATE_HEADER: date})
    authorization = sdk.sign(dated, key, secret, sorted(dated.headers))
    names = authorization.signed_headers
    yield WorkedStep("The request with its time", _written(dated))
    yield WorkedStep("The canonical request", sdk.canonical_request(dated, names))
    yield WorkedStep("The text to sign", sdk.string_to_sign(dated, names))
    yield WorkedStep("Its HMAC-SHA256, with the secret key as key", authorization.signature)
    yield WorkedStep("The header Authorization", authorization.to_text())


_STEPS: Mapping[str, Callable[[WireRequest, Mapping[str, str]], Iterator[WorkedStep]]] = {
    "acs3-hmac-sha256": _acs3_steps,
    "rpc-hmac-sha1": _rpc_steps,
    "sdk-hmac-sha256": _sdk_steps,
}


def _written(request: WireRequest, without: str = "") -> str:
    target = request.path + (f"?{request.query}" if request.query else "")
    headers = [f"{name}: {text}" for name, text in request.headers.items() if name != without]
    body = ["", request.body.decode()] if request.body else []
    return "\n".join([f"{request.method} {target}", *headers, *body])


def callback_example(callback: Callback, caller: Caller) -> WorkedExample | None:
    """The signature of a callback; None if it is not signed."""
    signature = callback.delivery.signature
    if signature is None:
        return None
    return WorkedExample(callback.id, tuple(_callback_steps(signature, callback_parts(signature, caller))))


def callback_parts(signature: Mapping[str, Any], caller: Caller) -> dict[str, str]:
    """What is signed beside the time: the account's own values, and examples for what the account does not have."""
    known = {plain_name(name): text for name, text in {**caller.settings, **caller.credentials}.items() if text}
    names = sorted(callbacks.required_parts(signature))
    return {name: known.get(plain_name(name), f"example-{plain_name(name)}") for name in names}


def _callback_steps(signature: Mapping[str, Any], parts: Mapping[str, str]) -> Iterator[WorkedStep]:
    timestamp = callbacks.timestamp_text(TIME * 1000, callbacks.unit(signature))
    signed = callbacks.sign(signature, parts, CALLBACK_URL, TIME * 1000)
    yield WorkedStep("What goes into it", "\n".join(f"{name}: {text}" for name, text in parts.items()))
    yield WorkedStep("The time", timestamp)
    if callbacks.covers_url(signature):
        yield WorkedStep("The URL that the client has named", CALLBACK_URL)
        yield WorkedStep("The text to sign", mss_a.signed_text(CALLBACK_URL, timestamp))
        yield WorkedStep("Its HMAC-SHA256, with the key", mss_a.sign(CALLBACK_URL, parts["key"], timestamp))
    else:
        text = signature["content"].format_map({**parts, callbacks.TIMESTAMP: timestamp, callbacks.BODY: ""})
        yield WorkedStep("The text to hash", text)
        yield WorkedStep("Its MD5", callbacks.value(signature, parts, CALLBACK_URL, timestamp, b""))
    if signed.query:
        yield WorkedStep("The URL that is called", signed.url(CALLBACK_URL))
    else:
        sent = {**signed.headers, **signed.body}
        yield WorkedStep("What is sent with it", "\n".join(f"{name}: {text}" for name, text in sent.items()))
