"""A request with something in each place for a credential, so that lines of code know what to put there."""

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qsl, unquote_plus, urlencode

from bodydouble.contracts.core.names import plain_name
from bodydouble.contracts.core.strict_json import JsonTextError, parse
from bodydouble.contracts.core.wire import WireRequest, WireResponse
from bodydouble.contracts.model.contract import Contract, Operation
from bodydouble.contracts.model.security import SecurityScheme
from bodydouble.contracts.redaction.fields import REPLACEMENT
from bodydouble.contracts.signatures.scheme import REQUEST_SCHEMES
from bodydouble.contracts.signing.request_signer import RequestSigner, SigningError

_TOKEN = "token-that-is-asked-for"


def prepared(
    contract: Contract, credentials: Mapping[str, str], operation: Operation, request: WireRequest
) -> WireRequest:
    """The request, signed now as far as that needs nobody's response; in a token's place stands any text.

    Args:
        request: with the header host. Credentials that it has are replaced.
    """
    signer = RequestSigner(contract, credentials, _nobody)
    request = with_signed_fields(operation, signer, request)
    for combination in operation.security:
        if combination and all(_can_sign(contract, scheme, credentials) for scheme in combination):
            bare = _without_credentials(operation, request)
            bare = replace(bare, headers={**operation.constant_headers, **bare.headers})
            return _put_all(combination, bare, credentials)
    return request


def _nobody(request: WireRequest) -> WireResponse:
    raise SigningError("no token can be asked for here")


def _can_sign(contract: Contract, scheme: SecurityScheme, credentials: Mapping[str, str]) -> bool:
    if scheme.signature is None:
        own = (plain_name(name) for name in credentials)
        return contract.token_operation is not None or plain_name(scheme.name) in own
    known = REQUEST_SCHEMES.get(scheme.signature["scheme"])
    return known is not None and all(name in credentials for name in known.CREDENTIALS)


def _without_credentials(operation: Operation, request: WireRequest) -> WireRequest:
    for combination in operation.security:
        for scheme in combination:
            request = _without_signature(scheme.signature or {}, scheme.remove(request))
    # What a journal does not show, no server takes.
    pairs = [pair for pair in request.query.split("&") if unquote_plus(pair.partition("=")[2]) != REPLACEMENT]
    return replace(request, query="&".join(pairs))


def _without_signature(signature: Mapping[str, Any], request: WireRequest) -> WireRequest:
    for part in ("timestamp", "signature", "nonce"):
        if part in signature:
            place = SecurityScheme(part, signature[part]["in"], signature[part]["name"])
            request = place.remove(request)
    return request


def _put_all(
    combination: tuple[SecurityScheme, ...], request: WireRequest, credentials: Mapping[str, str]
) -> WireRequest:
    for scheme in combination:
        if scheme.signature is None:
            request = scheme.put(request, _TOKEN)
        else:
            request = REQUEST_SCHEMES[scheme.signature["scheme"]].sign_request(request, credentials)
    return request


def with_signed_fields(operation: Operation, signer: RequestSigner, request: WireRequest) -> WireRequest:
    """The request with the fields by which an operation is signed itself; unchanged if it is not, or cannot be read."""
    values = signer.signed_values(operation)
    if not values:
        return request
    if operation.request_body is None:
        fields = {**dict(parse_qsl(request.query, keep_blank_values=True)), **values}
        return replace(request, query=urlencode(fields))
    try:
        body = parse(request.body) if request.body else {}
    except JsonTextError:
        return request
    if not isinstance(body, dict):
        return request
    return replace(request, body=json.dumps({**body, **values}, ensure_ascii=False).encode())
