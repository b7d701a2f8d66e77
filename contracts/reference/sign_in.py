"""How requests and callbacks are signed, step by step in words, from what `x-signature` says."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bodydouble.contracts.core.json_pointer import Path
from bodydouble.contracts.model.contract import Contract, Operation
from bodydouble.contracts.reference.marks import Decision, Decisions, Mark, mark_of

_UNITS = {
    "seconds": "seconds since 1970",
    "milliseconds": "milliseconds since 1970",
    "hexadecimal-seconds": "seconds since 1970 in lower-case hexadecimal",
    "iso-8601": "UTC, such as `2022-01-30T08:00:00Z`",
    "basic-iso-8601": "UTC, such as `20220130T080000Z`",
}
_PLACES = {"header": "header", "query": "query parameter", "body": "field of the body"}
# What a signer does, in order. {time} is a form of the time, the other names are places in the request.
_STEPS: Mapping[str, tuple[str, ...]] = {
    "md5-template": (
        "Take the present time as {time}.",
        "Write the parts one after the other, exactly so: `{content}`. `{{timestamp}}` is the time as it is sent.",
        "Hash the UTF-8 bytes of this text with MD5, and write the hash as 32 hexadecimal digits in lower case.",
        "Send the time as the {timestamp}, and the hash as the {signature}.",
    ),
    "acs3-hmac-sha256": (
        "Set the headers `x-acs-action` and `x-acs-version`, the {timestamp} to the present time ({time}), the {nonce} "
        "to a text that was never used before, and `x-acs-content-sha256` to the SHA-256 of the body in hexadecimal.",
        "Write the canonical request, one part a line: method; path; query with sorted, percent-encoded pairs; each "
        "signed header as `name:value` and a line end, sorted; the names of these headers, joined by `;`; the hash of "
        "the body.",
        "Hash the canonical request with SHA-256; the text to sign is `ACS3-HMAC-SHA256`, a line end, and this hash.",
        "Make the HMAC-SHA256 of the text with the access key secret as key, in lower-case hexadecimal.",
        "Send the {signature}: `ACS3-HMAC-SHA256 Credential=<access key id>,SignedHeaders=<names>,Signature=<HMAC>`.",
    ),
    "rpc-hmac-sha1": (
        "Add to the query `AccessKeyId`, `SignatureMethod` (`HMAC-SHA1`), `SignatureVersion` (`1.0`), the {timestamp} "
        "({time}), and as the {nonce} a text that was never used before.",
        "Sort all parameters by name, percent-encode names and values (only letters, digits and `-_.~` stay), and join "
        "them as `name=value` with `&`.",
        "The text to sign is the method, `&`, `%2F`, `&`, and the joined parameters, percent-encoded once more.",
        "Make the HMAC-SHA1 of the text, with the access key secret followed by `&` as key, in base64.",
        "Send it as the {signature}.",
    ),
    "sdk-hmac-sha256": (
        "Set the {timestamp} to the present time ({time}).",
        "Write the canonical request, one part a line: method; path with a `/` at its end; query with sorted, "
        "percent-encoded pairs; each signed header as `name:value` and a line end, sorted; the names of these headers, "
        "joined by `;`; the SHA-256 of the raw body in lower-case hexadecimal.",
        "The text to sign is `SDK-HMAC-SHA256`, the time and the SHA-256 of the canonical request, each on a line.",
        "Make the HMAC-SHA256 of the text with the secret key as key, in lower-case hexadecimal.",
        "Send the {signature}: `SDK-HMAC-SHA256 Access=<access key>, SignedHeaders=<names>, Signature=<HMAC>`.",
    ),
    "mss-a": (
        "Take the present time as {time}.",
        "Write host, port (if it has one), path and query of the callback's URL, the query's pairs sorted by name, "
        "and directly after it the time. The scheme is left out, and the body is not covered.",
        "Make the HMAC-SHA256 of this text with the client's key, in lower-case hexadecimal.",
        "Send the time as the {timestamp}, and the HMAC as the {signature}, beside the URL's own parameters.",
    ),
}


@dataclass(frozen=True, slots=True)
class SignatureReference:
    """How something is signed.

    Attributes:
        scheme: its name.
        steps: in words, in order.
        content: the text that is hashed, where a template says it; else empty.
        window: seconds that the signer's clock may be off; None if that is not checked.
        time_format: how the time is written; empty if none is sent.
        decisions: about it.
    """

    scheme: str
    steps: tuple[str, ...]
    content: str
    window: float | None
    time_format: str
    mark: Mark | None
    decisions: tuple[Decision, ...]


@dataclass(frozen=True, slots=True)
class SecurityReference:
    """A way for requests to show who sends them.

    Attributes:
        name: as in the specification.
        carried: where the credential stands, in words.
        signature: how it is made, for one that is a signature.
        operations: that need it.
    """

    name: str
    carried: str
    description: str
    signature: SignatureReference | None
    operations: tuple[str, ...]
    mark: Mark | None
    decisions: tuple[Decision, ...]


@dataclass(frozen=True, slots=True)
class SignInReference:
    """How a client signs in.

    Attributes:
        token_operation: that issues tokens for a signature, or None.
        token_signature: how its request is signed.
        token_lives: seconds, by purpose.
        schemes: what other requests carry.
    """

    token_operation: str | None
    token_signature: SignatureReference | None
    token_lives: Mapping[str, int]
    schemes: tuple[SecurityReference, ...]


def signature_reference(entry: Mapping[str, Any], path: Path, decisions: Decisions) -> SignatureReference:
    """What an `x-signature`, or the signature of a delivery, says."""
    time = _UNITS.get(entry.get("timestamp", {}).get("unit", ""), "")
    placements = {name: _placement(entry[name]) for name in ("timestamp", "signature", "nonce") if name in entry}
    names = {"timestamp": "", "signature": "", "nonce": "", **placements, "time": time}
    steps = tuple(step.format(content=entry.get("content", ""), **names) for step in _STEPS.get(entry["scheme"], ()))
    return SignatureReference(
        scheme=entry["scheme"],
        steps=steps,
        content=entry.get("content", ""),
        window=entry.get("window"),
        time_format=time,
        mark=mark_of(entry),
        decisions=decisions.at(path),
    )


def _placement(entry: Mapping[str, str]) -> str:
    return f"{_PLACES[entry['in']]} `{entry['name']}`"


def operation_signature(contract: Contract, operation: Operation, decisions: Decisions) -> SignatureReference | None:
    """How an operation's own fields are signed; None if they are not."""
    if operation.signature is None:
        return None
    path = (*contract.document.path_of(operation.pointer), "x-signature")
    return signature_reference(operation.signature, path, decisions)


def sign_in_reference(contract: Contract, decisions: Decisions) -> SignInReference:
    """How clients of a vendor sign in."""
    entries = contract.document.content.get("components", {}).get("securitySchemes", {})
    token = contract.token_operation
    return SignInReference(
        token_operation=token.id if token else None,
        token_signature=operation_signature(contract, token, decisions) if token else None,
        token_lives=token.token_lives if token else {},
        schemes=tuple(_security(contract, decisions, name, entry) for name, entry in entries.items()),
    )


def _security(contract: Contract, decisions: Decisions, name: str, entry: Mapping[str, Any]) -> SecurityReference:
    scheme = contract.security_schemes[name]
    path: Path = ("components", "securitySchemes", name)
    signature = entry.get("x-signature")
    carried = f"{_PLACES[scheme.location]} `{scheme.parameter}`"
    return SecurityReference(
        name=name,
        carried=f"{carried}, after `{scheme.prefix}`" if scheme.prefix else carried,
        description=entry.get("description", ""),
        signature=None if signature is None else signature_reference(signature, (*path, "x-signature"), decisions),
        operations=tuple(operation.id for operation in contract.operations.values() if _needs(operation, name)),
        mark=mark_of(entry),
        decisions=decisions.at(path),
    )


def _needs(operation: Operation, scheme: str) -> bool:
    return any(needed.name == scheme for combination in operation.security for needed in combination)
