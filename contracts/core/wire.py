"""Requests and responses as they are on the wire, independent of any HTTP library."""

from collections.abc import Mapping
from dataclasses import field
from urllib.parse import parse_qsl

from bodydouble.contracts.core.late_dataclass import dataclass
from bodydouble.contracts.core.lazy_property import lazy_property

JSON = "application/json"
FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True)
class WireRequest:
    """A request as received or as about to be sent.

    Attributes:
        method: upper case.
        path: percent-encoded, without the query.
        query: raw query string, without the question mark.
        headers: names in lower case.
        body: the exact bytes.
    """

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes

    @lazy_property
    def query_pairs(self) -> list[tuple[str, str]]:
        """Decoded query parameters in the order in which they came; `+` is a space.

        Bytes that are not UTF-8 become U+FFFD, as servers do it in paths: no database and no JSON text can hold them.
        """
        return _pairs(self.query)

    @lazy_property
    def parameters(self) -> list[tuple[str, str]]:
        """Decoded parameters: those of the query, then those of a form body."""
        if not self.body or media_type(self.headers) != FORM:
            return self.query_pairs
        return self.query_pairs + _pairs(self.body.decode("latin-1"))


@dataclass(frozen=True, slots=True)
class WireResponse:
    """A response as received or as about to be sent; header names in lower case."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


def _pairs(text: str) -> list[tuple[str, str]]:
    if "%" in text or "+" in text:
        return parse_qsl(text, keep_blank_values=True, errors="replace")
    # Nothing to decode, which is usual for tokens and numbers; the standard library takes four times as long.
    parts = (part.partition("=") for part in text.split("&") if part)
    return [(name, value) for name, _, value in parts]


def media_type(headers: Mapping[str, str]) -> str:
    """The media type that headers (names in lower case) declare, without parameters; empty if none."""
    return headers.get("content-type", "").partition(";")[0].strip().lower()


def joined(query: str, added: str) -> str:
    """A raw query string with further parameters at its end."""
    return f"{query}&{added}" if query and added else query or added


def with_query(url: str, added: str) -> str:
    """A URL with further parameters, encoded, at the end of its query; its fragment stays the last."""
    if not added:
        return url
    address, separator, fragment = url.partition("#")
    return f"{address}{query_joint(address)}{added}{separator}{fragment}"


def query_joint(address: str) -> str:
    """The sign between an address, without fragment, and its next query parameter: `?` or `&`."""
    return "&" if "?" in address else "?"
