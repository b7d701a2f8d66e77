"""Where in the reference something stands: the place that a location of a specification has."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from bodydouble.contracts.core.json_pointer import Path
from bodydouble.contracts.model.contract import Contract
from bodydouble.contracts.model.documents import Document
from bodydouble.contracts.model.loader import METHODS

# What stands between two names of fields in a schema's path.
_STRUCTURE = frozenset(
    (
        "allOf",
        "anyOf",
        "oneOf",
        "items",
        "then",
        "else",
        "if",
        "contentSchema",
        "additionalProperties",
        "not",
        "contains",
    )
)
_DELIVERY, _SIGNATURE = "x-delivery", "signature"


@dataclass(frozen=True, slots=True)
class Place:
    """A page of a vendor's reference, and what on it.

    Attributes:
        kind: `overview`, `operation`, `callback`, `lifecycle`, `schema`, `errors`, `contradictions` or `laws`; or
            `guide`, which is no vendor's.
        name: of the operation, callback, lifecycle, schema or guide; empty for the pages that a vendor has once.
        anchor: on the page; empty for its beginning.
    """

    kind: str
    name: str = ""
    anchor: str = ""


def anchor_of(base: str, *keys: str) -> str:
    """The anchor of a field below another one; an id must have no blank."""
    return "_".join(".".join((base, *keys)).split())


def field_keys(path: Path) -> list[str]:
    """The names of the fields that a path below a schema leads through; items of lists have none."""
    keys: list[str] = []
    rest = iter(path)
    for part in rest:
        if part == "properties":
            keys.append(str(next(rest, "")))
    return [key for key in keys if key]


def schema_at(path: Path) -> Path:
    """The path of the schema that a path leads into, without a keyword at its end."""
    while path and (path[-1] in _STRUCTURE or isinstance(path[-1], int)) and "schemas" in path:
        path = path[:-1]
    return path


class Places:
    """The places of one contract.

    Args:
        contract: whose document's locations are looked up.
    """

    def __init__(self, contract: Contract) -> None:
        self._document = contract.document
        self._messages = dict(_messages(contract))
        self._shared = dict(_shared(contract.document, self._messages))

    def of(self, location: str) -> Place:
        """The place of a `#/...` reference into the specification; the overview, if it has none of its own."""
        path = self._document.path_of(location)
        match path:
            case ("components", "schemas", name, *rest):
                return Place("schema", str(name), anchor_of("field", *field_keys(tuple(rest))))
            case ("components", "securitySchemes", name, *_):
                return Place("overview", anchor=anchor_of("security", str(name)))
            case ("components", *_):
                return self._shared.get(path[:3], Place("overview"))
            case ("x-errors", name, *_):
                return Place("errors", anchor=anchor_of("error", str(name)))
            case ("x-lifecycles", name, "states", state, *_):
                return Place("lifecycle", str(name), anchor_of("state", str(state)))
            case ("x-lifecycles", name, *_):
                return Place("lifecycle", str(name))
            case ("servers", *_):
                return Place("overview", anchor="servers")
        return self._in_message(path)

    def _in_message(self, path: Path) -> Place:
        for length in range(len(path), 2, -1):
            if path[:length] in self._messages:
                kind, name = self._messages[path[:length]]
                return Place(kind, name, message_anchor(self._document, path[:length], path[length:]))
        # Parameters that all methods of a path have.
        holder = next((entry for at, entry in self._messages.items() if at[:2] == path[:2]), None)
        if holder is None:
            return Place("overview")
        return Place(*holder, message_anchor(self._document, path[:2], path[2:]))


def message_anchor(document: Document, at: Path, rest: Path) -> str:
    """The anchor, on the page of an operation or callback, of what stands below its node."""
    match rest:
        case ("parameters", index, *_):
            node, _ = document.locate((*at, "parameters", index))
            return anchor_of(node["in"], node["name"])
        case ("requestBody", *below):
            return anchor_of("body", *field_keys(tuple(below)))
        case ("responses", status, *below):
            return anchor_of("response", str(status), *field_keys(tuple(below)))
        case ("responses",):
            return "responses"
        case ("x-laws", *_):
            return "laws"
        case ("x-delivery", "signature", *_):
            return _SIGNATURE
        case ("x-delivery", *_):
            return "delivery"
    return ""


def _messages(contract: Contract) -> Iterator[tuple[Path, tuple[str, str]]]:
    for operation in contract.operations.values():
        yield contract.document.path_of(operation.pointer), ("operation", operation.id)
    for callback in contract.callbacks.values():
        yield contract.document.path_of(callback.pointer), ("callback", callback.id)


def _shared(document: Document, messages: Mapping[Path, tuple[str, str]]) -> Iterator[tuple[Path, Place]]:
    """Where components that several messages use stand: with the first of them."""
    seen: set[Path] = set()
    for at, (kind, name) in messages.items():
        for path, anchor in _used(document, at):
            if path not in seen:
                seen.add(path)
                yield path, Place(kind, name, anchor)


def _used(document: Document, at: Path) -> Iterator[tuple[Path, str]]:
    for holder in (at[:-1], at):
        node, real = document.locate(holder)
        for index in range(len(node.get("parameters", ()))):
            _, path = document.locate((*real, "parameters", index))
            yield path, message_anchor(document, real, ("parameters", index))
    responses, real = document.locate((*at, "responses"))
    for status in responses:
        response, path = document.locate((*real, status))
        anchor = anchor_of("response", str(status))
        yield path, anchor
        for header in response.get("headers", ()):
            _, where = document.locate((*path, "headers", header))
            yield where, anchor_of(anchor, "header", header)


def is_method(key: str | int) -> bool:
    """Whether a key of a path item is an operation."""
    return key in METHODS
