"""Requests whose signature is wrong in one part: a credential, a value that it covers, its time, or its nonce.

Two kinds of signatures are known: over some fields of a request that signs in (`md5-template`), and over whole
requests. The specification says where their parts stand, and whether their times and nonces matter.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from string import Formatter
from typing import Any
from urllib.parse import unquote_plus, urlencode

from bodydouble.contracts.core import clock
from bodydouble.contracts.core.names import plain_name
from bodydouble.contracts.core.strict_json import parse
from bodydouble.contracts.core.wire import WireRequest, joined
from bodydouble.contracts.model.contract import Contract, Operation
from bodydouble.contracts.signatures.scheme import REQUEST_SCHEMES
from bodydouble.contracts.signing.request_signer import RequestSigner

# So many windows off, a signature is certainly stale.
_WINDOWS = 2
Placement = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class WrongRequest:
    """A request that must be refused.

    Attributes:
        wrong: what is wrong with it: `signed with another secret`.
        make: makes it anew: a right signature may be used only once.
        repeated: whether it is sent twice, and only the second one is wrong.
    """

    wrong: str
    make: Callable[[], WireRequest]
    repeated: bool = False


@dataclass(frozen=True, slots=True)
class SignedRequests:
    """Makes requests to one operation, with right and with wrong signatures.

    Args:
        signature: its `x-signature`, or that of its security scheme.
        credentials: those that the signature is made with, by the names that the control plane shows.
        fields: the fields of the request that the signature covers by name, where it does not cover all of it.
        sign: makes a request that is signed now, with some credentials.
    """

    signature: Mapping[str, Any]
    credentials: Mapping[str, str]
    fields: tuple[str, ...]
    sign: Callable[[Mapping[str, str]], WireRequest]

    def right(self) -> WireRequest:
        """A request that is signed as it should be."""
        return self.sign(self.credentials)

    def wrong(self) -> Iterator[WrongRequest]:
        """The requests that must be refused."""
        for name in self.credentials:
            yield WrongRequest(f"signed with another {name}", partial(self._with_another, name))
        place = self.signature["signature"]["in"]
        for name in (*self.fields, self.signature["signature"]["name"]):
            yield WrongRequest(f"with another {name} than was signed", partial(self._changed, place, name))
        yield WrongRequest("with another time than was signed", self._with_another_time)
        yield from self._stale()
        if "nonce" in self.signature:
            yield WrongRequest("with a nonce that was used before", self.right, repeated=True)

    def _stale(self) -> Iterator[WrongRequest]:
        window = self.signature.get("window", 0)
        seconds = _WINDOWS * window
        for direction, sign in (("ago", -1), ("ahead of time", 1)) if window else ():
            wrong = f"signed {seconds:g} seconds {direction}, although the contract allows {window:g}"
            yield WrongRequest(wrong, partial(self._signed_at, sign * seconds))

    def _with_another(self, name: str) -> WireRequest:
        return self.sign({**self.credentials, name: another(self.credentials[name])})

    def _changed(self, place: str, name: str) -> WireRequest:
        request, placement = self.right(), {"in": place, "name": name}
        return put(request, placement, another(find(request, placement)))

    def _with_another_time(self) -> WireRequest:
        placement = self.signature["timestamp"]
        return put(self.right(), placement, find(self._signed_at(-1), placement))

    def _signed_at(self, seconds: float) -> WireRequest:
        with clock.frozen(clock.now() + seconds):
            return self.right()


def signed_requests(
    contract: Contract, operation: Operation, signer: RequestSigner, succeeded: WireRequest | None
) -> SignedRequests | None:
    """The requests to an operation that carries a signature; None if it carries none, or there is nothing to sign.

    Args:
        signer: with the caller's credentials.
        succeeded: a request that has succeeded; not needed for an operation that signs in.
    """
    if operation.signature is not None:
        names = {plain_name(name) for _, name, _, _ in Formatter().parse(operation.signature["content"]) if name}
        used = {name: value for name, value in signer.credentials.items() if plain_name(name) in names}
        sent = tuple(name for name in operation.example_fields if plain_name(name) in {*map(plain_name, used)})
        return SignedRequests(operation.signature, used, sent, partial(_signing_in, contract, operation))
    scheme = signer.signature_scheme(operation)
    if scheme is None or scheme.signature is None or succeeded is None:
        return None
    module = REQUEST_SCHEMES[scheme.signature["scheme"]]
    used = {name: signer.credentials[name] for name in module.CREDENTIALS}
    return SignedRequests(scheme.signature, used, (), partial(module.sign_request, succeeded))


def _signing_in(contract: Contract, operation: Operation, credentials: Mapping[str, str]) -> WireRequest:
    return RequestSigner(contract, credentials, _unsent).token_request(operation)


def _unsent(request: WireRequest) -> Any:
    raise AssertionError("a request that signs in needs no token")


def another(text: str) -> str:
    """A text of the same length that differs in its last character."""
    return text[:-1] + ("0" if text[-1:] != "0" else "1")


def find(request: WireRequest, placement: Placement) -> str:
    """The value in a place of a request; empty if it has none."""
    name = placement["name"]
    if placement["in"] == "header":
        return request.headers.get(name.lower(), "")
    values = dict(request.query_pairs) if placement["in"] == "query" else parse(request.body)
    return str(values.get(name, ""))


def put(request: WireRequest, placement: Placement, value: str) -> WireRequest:
    """A request with another value in a place; everything else as it was."""
    name = placement["name"]
    if placement["in"] == "header":
        return replace(request, headers={**request.headers, name.lower(): value})
    if placement["in"] == "body":
        return replace(request, body=json.dumps({**parse(request.body), name: value}).encode())
    pairs = [pair for pair in request.query.split("&") if unquote_plus(pair.partition("=")[0]) != name]
    return replace(request, query=joined("&".join(pairs), urlencode({name: value})))
