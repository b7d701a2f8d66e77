"""Credentials on outgoing requests, as a vendor's own client puts them there; driven by the specification.

Three kinds are known: a credential that is sent as it is, a token that a signed call returns, and a signature over
each request. A signature scheme plugs in at contracts/signatures/scheme.py.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

from bodydouble.contracts.core import clock
from bodydouble.contracts.core.names import PlainNames, plain_name
from bodydouble.contracts.core.strict_json import parse
from bodydouble.contracts.core.wire import JSON, WireRequest, WireResponse
from bodydouble.contracts.model.contract import Contract, Operation
from bodydouble.contracts.model.response_classifier import classify
from bodydouble.contracts.model.security import SecurityScheme
from bodydouble.contracts.signatures import md5_template
from bodydouble.contracts.signatures.scheme import REQUEST_SCHEMES

Send = Callable[[WireRequest], WireResponse]
# Seconds after which a new token is asked for: less than any vendor's tokens are valid.
TOKEN_LIFETIME = 600.0
_UNITS = {"seconds": 1, "milliseconds": 1000}


class SigningError(RuntimeError):
    """No credentials could be put on a request; the message says why."""


@dataclass(frozen=True, slots=True)
class _Token:
    value: str
    until: float


class RequestSigner:
    """Puts an account's credentials on requests.

    Args:
        contract: whose operations are called.
        credentials: under the names that the control plane shows (`app_id`, `secret`, ...).
        send: how a token is asked for.
    """

    def __init__(self, contract: Contract, credentials: Mapping[str, str], send: Send) -> None:
        self._contract = contract
        self.credentials = dict(credentials)
        self._credentials = {plain_name(name): value for name, value in credentials.items()}
        self._send = send
        self._tokens: dict[str, _Token] = {}

    def sign(self, operation: Operation, request: WireRequest) -> WireRequest:
        """The request with the credentials that its operation needs.

        Raises:
            SigningError: the credentials do not fit the operation.
        """
        combinations = operation.security
        # Headers of one value name the operation and the version: every client sends them, and signatures cover them.
        request = replace(request, headers={**operation.constant_headers, **request.headers})
        absent = None
        for combination in combinations:
            if combination and all(self._fits(scheme) for scheme in combination):
                try:
                    return self._put_all(combination, request)
                except KeyError as error:
                    absent = absent or error
        if absent is not None:
            raise SigningError(f"{self._contract.vendor} {operation.id}: no credential {absent}") from absent
        if () in combinations:
            return request
        names = ", ".join(scheme.name for combination in combinations for scheme in combination)
        raise SigningError(f"{self._contract.vendor} {operation.id}: these credentials fit none of {names}")

    def signed_values(self, operation: Operation) -> dict[str, str]:
        """The values that a call which is signed by an MD5 of some of its own fields needs, by the fields' names.

        Raises:
            SigningError: a part of the signature is not among the credentials.
        """
        signature = operation.signature
        if signature is None or signature["scheme"] != "md5-template":
            return {}
        timestamp = str(int(clock.now() * _UNITS[signature["timestamp"]["unit"]]))
        parts = PlainNames({**self._credentials, plain_name(signature["timestamp"]["name"]): timestamp})
        try:
            signed = md5_template.sign(signature["content"], parts)
        except KeyError as error:
            raise SigningError(f"{self._contract.vendor} {operation.id}: no credential {error}") from error
        fields = {name: parts[name] for name in operation.example_fields if name in parts}
        return {**fields, signature["signature"]["name"]: signed}

    def signature_scheme(self, operation: Operation) -> SecurityScheme | None:
        """The scheme by which whole requests to an operation are signed; None if they are not."""
        for combination in operation.security:
            if combination and all(self._fits(scheme) for scheme in combination):
                return next((scheme for scheme in combination if scheme.signature is not None), None)
        return None

    def _fits(self, scheme: SecurityScheme) -> bool:
        if scheme.signature is not None:
            return scheme.signature["scheme"] in REQUEST_SCHEMES
        return plain_name(scheme.name) in self._credentials or self._contract.token_operation is not None

    def _put_all(self, combination: Iterable[SecurityScheme], request: WireRequest) -> WireRequest:
        for scheme in combination:
            request = self._put(scheme, request)
        return request

    def _put(self, scheme: SecurityScheme, request: WireRequest) -> WireRequest:
        if scheme.signature is not None:
            signer = REQUEST_SCHEMES.get(scheme.signature["scheme"])
            if signer is None:
                raise SigningError(f"{self._contract.vendor}: the scheme {scheme.name} cannot be signed")
            return signer.sign_request(request, self.credentials)
        static = self._credentials.get(plain_name(scheme.name))
        return scheme.put(request, static if static is not None else self._token(scheme))

    def _token(self, scheme: SecurityScheme) -> str:
        token = self._tokens.get(scheme.name)
        if token is None or token.until < clock.monotonic():
            token = self._tokens[scheme.name] = _Token(self._ask_for_token(scheme), clock.monotonic() + TOKEN_LIFETIME)
        return token.value

    def _ask_for_token(self, scheme: SecurityScheme) -> str:
        operation = self._contract.token_operation
        if operation is None:
            raise SigningError(f"{self._contract.vendor}: no operation returns {scheme.name}")
        response = self._send(self.token_request(operation))
        response_class = classify(self._contract, response, operation)
        if response_class.failed:
            message = f"{response_class.name}: {response_class.message}"
            raise SigningError(f"{self._contract.vendor} {operation.id}: {message}")
        token = token_in(parse(response.body), plain_name(scheme.name))
        if token is None:
            raise SigningError(f"{self._contract.vendor} {operation.id}: the response has no {scheme.name}")
        return token

    def token_request(self, operation: Operation) -> WireRequest:
        """A request to the operation that issues tokens, signed now.

        Raises:
            SigningError: a part of the signature is not among the credentials.
        """
        values = {**operation.example_fields, **self.signed_values(operation)}
        request = WireRequest(operation.method, operation.path, "", {}, b"")
        if operation.request_body is None:
            return replace(request, query=urlencode(values))
        return replace(request, headers={"content-type": JSON}, body=json.dumps(values).encode())


def token_in(content: Any, name: str) -> str | None:
    """The text of a plain name, at any depth of a body."""
    if not isinstance(content, dict):
        return None
    for key, value in content.items():
        if plain_name(key) == name and isinstance(value, str):
            return value
    return next((text for value in content.values() if (text := token_in(value, name)) is not None), None)
