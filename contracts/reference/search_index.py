"""Full-text search over contracts: operations, parameters, fields, errors, callbacks, laws, decisions, with places."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from bodydouble.contracts.core.json_pointer import Path, lookup
from bodydouble.contracts.reference.places import Place, anchor_of, message_anchor
from bodydouble.contracts.reference.schema_words import written
from bodydouble.contracts.reference.vendor import VendorReference

# The kinds of what can be found, in the order in which they are shown.
KINDS = (
    "operation",
    "callback",
    "guide",
    "field",
    "parameter",
    "error",
    "state",
    "lifecycle",
    "schema",
    "law",
    "contradiction",
    "chapter",
    "overview",
)
MAX_QUERY_LENGTH, MAX_TERMS = 200, 8
_EACH = ("allOf", "anyOf", "oneOf")
_BELOW = ("items", "then", "else", "contentSchema", "additionalProperties")
# Han, Hiragana, Katakana and Hangul are written without blanks.
_UNSPACED = re.compile(r"[぀-ヿ㐀-䶿一-鿿가-힣豈-﫿]+")


@dataclass(frozen=True, slots=True)
class Entry:
    """What can be found.

    Attributes:
        kind: one of `KINDS`.
        vendor: whose; empty for what is no vendor's.
        title: its name.
        within: what it belongs to; empty where the name says all.
        text: what else is searched, and shown beside it.
    """

    kind: str
    vendor: str
    title: str
    within: str
    text: str
    place: Place

    def score(self, terms: Iterable[str]) -> int:
        """How well it fits; 0 if a term is missing."""
        title, text = self.title.casefold(), f"{self.within} {self.text}".casefold()
        total = 0
        for term in terms:
            points = _points(term, title, text)
            if not points:
                return 0
            total += points
        return total


def _points(term: str, title: str, text: str) -> int:
    if term == title:
        return 100
    if title.startswith(term):
        return 40
    if term in title:
        return 20
    if term in text:
        return 5
    # A phrase in a script without blanks: all its pairs of characters, in any order.
    pairs = {term[index : index + 2] for index in range(len(term) - 1)}
    return int(len(term) > 2 and _UNSPACED.fullmatch(term) is not None and all(pair in title + text for pair in pairs))


class SearchIndex:
    """All entries of some contracts, in the order of their documents.

    Args:
        vendors: the references.
        others: entries of what is no contract.
    """

    def __init__(self, vendors: Iterable[VendorReference], others: Iterable[Entry] = ()) -> None:
        self.entries = (*(entry for vendor in vendors for entry in _Reader(vendor).entries()), *others)

    def search(self, query: str) -> Mapping[str, list[Entry]]:
        """What fits all terms of a query, best first, by kind."""
        terms = query[:MAX_QUERY_LENGTH].casefold().split()[:MAX_TERMS]
        scored = [(entry.score(terms), entry) for entry in self.entries] if terms else []
        fitting = sorted((pair for pair in scored if pair[0]), key=lambda pair: -pair[0])
        groups = {kind: [entry for _, entry in fitting if entry.kind == kind] for kind in KINDS}
        return {kind: entries for kind, entries in groups.items() if entries}


class _Reader:
    def __init__(self, vendor: VendorReference) -> None:
        self._vendor, self._document = vendor, vendor.contract.document

    def entries(self) -> Iterator[Entry]:
        contract = self._vendor.contract
        info = self._vendor.info
        about = f"{info.get('summary', '')} {info.get('description', '')}"
        yield self._entry("overview", info["title"], "", about, Place("overview"))
        for chapter in self._vendor.chapters:
            place = Place("overview", anchor=chapter.anchor)
            yield self._entry("chapter", chapter.name, "", chapter.description, place)
        for name, operation in contract.operations.items():
            yield from self._message("operation", name, operation.pointer)
        for name, callback in contract.callbacks.items():
            yield from self._message("callback", name, callback.pointer)
        for name, schema in self._vendor.schemas.items():
            yield self._entry("schema", name, "", _words(schema), Place("schema", name))
            yield from self._fields(schema, Place("schema", name, "field"), name)
        yield from self._errors()
        yield from self._lifecycles()
        yield from self._laws()
        yield from self._contradictions()

    def _entry(self, kind: str, title: str, within: str, text: str, place: Place) -> Entry:
        # Without what marks code and bold text.
        plain = " ".join(text.replace("`", "").replace("**", "").split())
        return Entry(kind, self._vendor.name, title, within, plain, place)

    def _message(self, kind: str, name: str, reference: str) -> Iterator[Entry]:
        node = lookup(self._document.content, reference)
        path = self._document.path_of(reference)
        about = [node["summary"], *node.get("tags", ())]
        # The path of a callback is a runtime expression.
        about += [str(path[1])] if kind == "operation" else []
        yield self._entry(kind, name, "", " ".join((*about, node.get("description", ""))), Place(kind, name))
        yield from self._parameters(kind, name, path)
        for at in (("requestBody",), *(("responses", status) for status in node.get("responses", ()))):
            yield from self._body(kind, name, (*path, *at), at)

    def _parameters(self, kind: str, name: str, path: Path) -> Iterator[Entry]:
        for holder in (path[:-1], path):
            node, real = self._document.locate(holder)
            for index in range(len(node.get("parameters", ()))):
                parameter, _ = self._document.locate((*real, "parameters", index))
                place = Place(kind, name, message_anchor(self._document, real, ("parameters", index)))
                text = f"{parameter.get('description', '')} {_words(parameter.get('schema', {}))}"
                yield self._entry("parameter", parameter["name"], name, text, place)

    def _body(self, kind: str, name: str, path: Path, at: Path) -> Iterator[Entry]:
        # What is shared is found at its component.
        node = lookup(self._document.content, "#")
        for part in path:
            if part not in node:
                return
            node = node[part]
        base = message_anchor(self._document, path, at)
        for content in node.get("content", {}).values() if isinstance(node, dict) else ():
            yield from self._fields(content.get("schema", {}), Place(kind, name, base), name)

    def _fields(self, schema: Any, place: Place, within: str) -> Iterator[Entry]:
        if not isinstance(schema, dict):
            return
        for key, value in schema.get("properties", {}).items():
            below = Place(place.kind, place.name, anchor_of(place.anchor, key))
            yield self._entry("field", key, within, _words(value), below)
            yield from self._fields(value, below, within)
        inside = [schema[key] for key in _BELOW if key in schema]
        for part in (*inside, *(branch for key in _EACH for branch in schema.get(key, ()))):
            yield from self._fields(part, place, within)

    def _errors(self) -> Iterator[Entry]:
        for name, case in self._vendor.contract.errors.items():
            text = f"{case.code} {case.message} {case.when} HTTP {case.status}"
            yield self._entry("error", name, "", text, Place("errors", anchor=f"error.{name}"))

    def _lifecycles(self) -> Iterator[Entry]:
        for name, lifecycle in self._vendor.contract.lifecycles.items():
            yield self._entry("lifecycle", name, "", lifecycle.description, Place("lifecycle", name))
            for state in lifecycle.states.values():
                place = Place("lifecycle", name, f"state.{state.name}")
                yield self._entry("state", state.name, name, f"{state.code} {state.description}", place)

    def _laws(self) -> Iterator[Entry]:
        for name in self._vendor.contract.operations:
            laws = self._vendor.operation_laws(name)
            for law in () if laws is None else laws.laws:
                yield self._entry("law", law.law.value, name, law.text, Place("operation", name, law.anchor))

    def _contradictions(self) -> Iterator[Entry]:
        for decision in self._vendor.all_decisions():
            text = " ".join((*decision.says.values(), decision.accept, decision.emit, decision.reason))
            place = Place("contradictions", anchor=f"contradiction.{decision.id}")
            yield self._entry("contradiction", decision.subject, f"contradiction {decision.id}", text, place)


def _words(schema: Any) -> str:
    """Everything of a schema itself that a person could search for."""
    if not isinstance(schema, dict):
        return ""
    listed = [written(value) for value in schema.get("enum", ())]
    texts = [schema.get("title", ""), schema.get("description", ""), *listed]
    texts += [
        written(schema[key]) for key in ("const", "example") if key in schema and not isinstance(schema[key], dict)
    ]
    branches = [branch for key in ("oneOf", "anyOf") for branch in schema.get(key, ()) if "$ref" not in branch]
    return " ".join((*filter(None, texts), *map(_words, branches)))
