"""Where requests carry their credentials, as the specification says."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import unquote_plus, urlencode

from bodydouble.contracts.core.late_dataclass import dataclass
from bodydouble.contracts.core.wire import WireRequest, joined


@dataclass(frozen=True, slots=True)
class SecurityScheme:
    """One way to authenticate a request.

    Attributes:
        name: as in `components/securitySchemes`.
        location: `query` or `header`.
        parameter: name of the query parameter or header.
        prefix: what stands before the credential in it (`Bearer `).
        signature: its `x-signature`, or None for a credential that is sent as it is.
        type: OpenAPI's word for its kind: `apiKey`, `http`, `oauth2` or `openIdConnect`.
    """

    name: str
    location: str
    parameter: str
    prefix: str = ""
    signature: Mapping[str, Any] | None = None
    type: str = "apiKey"

    @classmethod
    def from_specification(cls, name: str, content: Mapping[str, Any]) -> "SecurityScheme":
        """Build one from its entry in `components/securitySchemes`."""
        signature, kind = content.get("x-signature"), content["type"]
        if kind == "apiKey":
            return cls(name, content["in"], content["name"], signature=signature, type=kind)
        prefix = content.get("scheme", "bearer").capitalize() + " "
        return cls(name, "header", "Authorization", prefix, signature, kind)

    def put(self, request: WireRequest, credential: str) -> WireRequest:
        """The request with a credential in the scheme's place."""
        bare, value = self.remove(request), self.prefix + credential
        if self.location == "header":
            return replace(bare, headers={**bare.headers, self.parameter.lower(): value})
        return replace(bare, query=joined(bare.query, urlencode({self.parameter: value})))

    def remove(self, request: WireRequest) -> WireRequest:
        """The request without anything in the scheme's place; everything else as it was, to the byte."""
        if self.location == "header":
            headers = {name: value for name, value in request.headers.items() if name != self.parameter.lower()}
            return replace(request, headers=headers)
        pairs = [pair for pair in request.query.split("&") if unquote_plus(pair.partition("=")[0]) != self.parameter]
        return replace(request, query="&".join(pairs))

    def find(self, request: WireRequest) -> str | None:
        """The credential that a request carries in the scheme's place."""
        if self.location == "header":
            value = request.headers.get(self.parameter.lower())
        else:
            value = dict(request.query_pairs).get(self.parameter)
        return None if value is None else value.removeprefix(self.prefix)


# The combinations of schemes of which a request needs one; an empty combination means that none is needed.
Alternatives = tuple[tuple[SecurityScheme, ...], ...]


def signer_parameters(alternatives: Alternatives) -> frozenset[tuple[str, str]]:
    """Location and name, in lower case, of the parameters that only a signer can fill in: times and signatures."""
    signatures = [
        scheme.signature for combination in alternatives for scheme in combination if scheme.signature is not None
    ]
    return frozenset(
        (signature[part]["in"], signature[part]["name"].lower())
        for signature in signatures
        for part in ("timestamp", "signature")
    )
