"""Where an operation's requests carry their credentials, as its specification says."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import unquote_plus, urlencode

from bodydouble.contracts.core.json_pointer import lookup
from bodydouble.contracts.core.wire import WireRequest
from bodydouble.contracts.model.contract import Contract, Operation


@dataclass(frozen=True, slots=True)
class SecurityScheme:
    """One way of proving who sends a request.

    Attributes:
        name: as in `components/securitySchemes`.
        location: `query` or `header`.
        parameter: name of the query parameter or header.
        prefix: what stands before the credential in it (`Bearer `).
        signature: its `x-signature`, or None for a credential that is sent as it is.
    """

    name: str
    location: str
    parameter: str
    prefix: str = ""
    signature: Mapping[str, Any] | None = None

    def put(self, request: WireRequest, credential: str) -> WireRequest:
        """The request with a credential in the scheme's place."""
        bare, value = self.remove(request), self.prefix + credential
        if self.location == "header":
            return replace(bare, headers={**bare.headers, self.parameter.lower(): value})
        pair = urlencode({self.parameter: value})
        return replace(bare, query=f"{bare.query}&{pair}" if bare.query else pair)

    def remove(self, request: WireRequest) -> WireRequest:
        """The request without anything in the scheme's place; everything else as it was, to the byte."""
        if self.location == "header":
            kept = {name: value for name, value in request.headers.items() if name != self.parameter.lower()}
            return replace(request, headers=kept)
        pairs = [pair for pair in request.query.split("&") if unquote_plus(pair.partition("=")[0]) != self.parameter]
        return replace(request, query="&".join(pairs))

    def find(self, request: WireRequest) -> str | None:
        """The credential that a request carries in the scheme's place."""
        if self.location == "header":
            value = request.headers.get(self.parameter.lower())
        else:
            value = dict(request.query_pairs).get(self.parameter)
        return None if value is None else value.removeprefix(self.prefix)


def alternatives(contract: Contract, operation: Operation) -> tuple[tuple[SecurityScheme, ...], ...]:
    """The combinations of schemes of which a request needs one; an empty combination means that none is needed."""
    content = contract.document.content
    required = lookup(content, operation.pointer).get("security", content.get("security", []))
    schemes = {scheme.name: scheme for scheme in _schemes(content)}
    return tuple(tuple(schemes[name] for name in requirement) for requirement in required) or ((),)


def _schemes(content: Mapping[str, Any]) -> Iterator[SecurityScheme]:
    for name, entry in content.get("components", {}).get("securitySchemes", {}).items():
        if entry["type"] == "http":
            yield SecurityScheme(name, "header", "Authorization", entry["scheme"].capitalize() + " ")
        else:
            yield SecurityScheme(name, entry["in"], entry["name"], signature=entry.get("x-signature"))


def declared_parameters(contract: Contract, operation: Operation) -> list[Mapping[str, Any]]:
    """The parameters of an operation as its specification declares them, those of its path item first."""
    content, document = contract.document.content, contract.document
    item = lookup(content, operation.pointer.rpartition("/")[0])
    entries = [*item.get("parameters", ()), *lookup(content, operation.pointer).get("parameters", ())]
    return [document.resolve(entry) for entry in entries]


def signer_parameters(contract: Contract, operation: Operation) -> set[tuple[str, str]]:
    """Location and name, in lower case, of the parameters that only a signer can fill in: times and signatures."""
    signatures = [
        scheme.signature
        for combination in alternatives(contract, operation)
        for scheme in combination
        if scheme.signature is not None
    ]
    return {
        (signature[part]["in"], signature[part]["name"].lower())
        for signature in signatures
        for part in ("timestamp", "signature")
    }
