"""Whom the credentials of a request belong to, as far as the request tells."""

import hashlib

from bodydouble.contracts.core.wire import WireRequest
from bodydouble.contracts.model.contract import Operation
from bodydouble.contracts.model.security import SecurityScheme
from bodydouble.contracts.signatures.scheme import REQUEST_SCHEMES


def sender_of(operation: Operation, request: WireRequest) -> str:
    """A text that two requests share only if they have the same credentials; it does not show them.

    A new token of the same account is another sender.
    """
    schemes = {scheme.name: scheme for combination in operation.security for scheme in combination}
    credentials = [f"{name} {text}" for name, scheme in schemes.items() if (text := _credential(scheme, request))]
    return hashlib.sha256("\n".join(credentials).encode("utf-8", "surrogateescape")).hexdigest()


def _credential(scheme: SecurityScheme, request: WireRequest) -> str | None:
    text = scheme.find(request)
    if text is None or scheme.signature is None:
        return text
    signer = REQUEST_SCHEMES.get(scheme.signature["scheme"])
    try:
        # Every request has a signature of its own, and many have the same key.
        return text if signer is None else signer.key_id(request)
    except ValueError:
        return None
