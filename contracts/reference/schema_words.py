"""The keywords of a schema in words: limits, and what each member of an enumeration means."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Node = Mapping[str, Any]
_BOUNDS = (
    ("minimum", "at least {:,}"),
    ("exclusiveMinimum", "more than {:,}"),
    ("maximum", "at most {:,}"),
    ("exclusiveMaximum", "less than {:,}"),
    ("multipleOf", "a multiple of {}"),
    ("minLength", "at least {:,} character(s)"),
    ("maxLength", "at most {:,} character(s)"),
    ("minItems", "at least {:,} item(s)"),
    ("maxItems", "at most {:,} item(s)"),
    ("minProperties", "at least {:,} field(s)"),
    ("maxProperties", "at most {:,} field(s)"),
)
# Bounds that say no more than that the number fits into its format.
_INTEGER_BOUNDS = frozenset((-(2**63), 2**63 - 1, -(2**31), 2**31 - 1))
# What may follow a value in a description without saying what it means.
_NO_MEANING = r"(?!(?:or|and|is|are|was|in|with|when|without|has|only) )"
_END = r"(?=[.;](?:\s|$)|$)"


@dataclass(frozen=True, slots=True)
class Member:
    """A member of an enumeration.

    Attributes:
        value: as on the wire.
        meaning: in words; empty where the specification gives none.
    """

    value: Any
    meaning: str = ""


def limits(node: Node) -> Iterator[str]:
    """What a schema's keywords require of a value, beyond its type."""
    if "format" in node:
        yield f"format {node['format']}"
    yield from _bounds(node)
    if "pattern" in node:
        yield f"pattern {node['pattern']}"
    if node.get("uniqueItems"):
        yield "no item twice"
    if "default" in node:
        yield f"default {written(node['default'])}"
    if "not" in node:
        yield f"not {in_words(node['not'])}"
    if "contains" in node:
        yield f"contains {in_words(node['contains'])}"
    if "propertyNames" in node:
        yield f"names of fields: {in_words(node['propertyNames'])}"


def _bounds(node: Node) -> Iterator[str]:
    for keyword, words in _BOUNDS:
        if keyword in node and node[keyword] not in _INTEGER_BOUNDS and (keyword, node[keyword]) != ("minLength", 0):
            yield _counted(words, node[keyword])


def _counted(words: str, count: float) -> str:
    return words.format(count).replace("(s)", "" if count == 1 else "s")


def in_words(schema: Any) -> str:
    """A small schema in words: what conditions and exclusions are made of."""
    if not isinstance(schema, dict):
        return "anything" if schema else "nothing"
    if "$ref" in schema:
        return str(schema["$ref"]).rpartition("/")[2]
    if "const" in schema:
        return written(schema["const"])
    if "enum" in schema:
        return " or ".join(map(written, schema["enum"]))
    if "not" in schema:
        return f"not {in_words(schema['not'])}"
    named = [f"{name} is {in_words(value)}" for name, value in schema.get("properties", {}).items()]
    required = [f"{name} is there" for name in schema.get("required", ()) if name not in schema.get("properties", {})]
    return " and ".join(named + required) or str(schema.get("title") or schema.get("description") or "anything")


def written(value: Any) -> str:
    """A value as JSON; the text `"0"` differs from the number."""
    return json.dumps(value, ensure_ascii=False)


def members(node: Node, description: str) -> tuple[Member, ...]:
    """The members of an enumeration, with what its description says of each."""
    values = node["enum"] if "enum" in node else [node["const"]] if "const" in node else []
    return tuple(Member(value, meaning_of(value, description)) for value in values)


def branch_members(branches: Sequence[Node]) -> tuple[Member, ...]:
    """The members that branches with a constant each list; a branch's own words are the meaning."""
    return tuple(member for branch in branches for member in _of_branch(branch))


def _of_branch(branch: Node) -> Iterator[Member]:
    if "const" in branch:
        words = branch.get("title") or branch.get("description") or ""
        yield Member(branch["const"], str(words).rstrip("."))
    else:
        yield from members(branch, branch.get("description", ""))


def meaning_of(value: Any, description: str) -> str:
    """What a description says of one value: `1: male; 2: female`, `11 voice model, 12 avatar model` or `开机 (on)`."""
    start = _start(value)
    listed = re.search(_listed(value), description, re.DOTALL)
    if listed:
        return " ".join(f"{listed[2]}{listed[1] or ''}".split())
    forms = [rf"{start} \(([^)]+)\)", rf"`{re.escape(str(value))}` {_NO_MEANING}([A-Za-z].+?)(?=,|[.;](?:\s|$)|$)"]
    if isinstance(value, int) or (isinstance(value, str) and value.isdecimal()):
        forms.append(rf"{start} ([A-Za-z].+?)(?=,| or |[.;](?:\s|$)|$)")
    matches = (re.search(form, description, re.DOTALL) for form in forms)
    return next((" ".join(match[1].split()) for match in matches if match), "")


def without_meanings(description: str, values: Iterable[Any]) -> str:
    """A description without the meanings that it lists as `1: male; 2: female.`, which stand with the members."""
    for value in values:
        description = re.sub(_listed(value) + r"[.;]?\s*", "", description, count=1, flags=re.DOTALL)
    return description.strip()


def with_meanings(members: Iterable[Member], description: str) -> tuple[Member, ...]:
    """Members with what another description says of those that have no meaning yet."""
    return tuple(
        member if member.meaning else Member(member.value, meaning_of(member.value, description)) for member in members
    )


def _start(value: Any) -> str:
    text = re.escape("null" if value is None else str(value))
    return rf"(?<![\w.-])`?['\"]?{text}['\"]?`?"


def _listed(value: Any) -> str:
    return rf"{_start(value)}( \([^)]*\))?: (?!see )(.+?){_END}"
