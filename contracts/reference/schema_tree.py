"""From a schema as written to a tree: references followed, `allOf` merged, each component opened once on a page."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from bodydouble.contracts.core.json_pointer import Path
from bodydouble.contracts.model.documents import Document
from bodydouble.contracts.model.inner_documents import is_carrier
from bodydouble.contracts.reference.marks import Decisions, mark_of
from bodydouble.contracts.reference.places import anchor_of
from bodydouble.contracts.reference.schema_node import Choice, SchemaNode
from bodydouble.contracts.reference.schema_words import (
    Node,
    branch_members,
    in_words,
    limits,
    members,
    without_meanings,
)

_COMPONENT = ("components", "schemas")
_STRUCTURE = ("properties", "items", "additionalProperties", "contentSchema", "oneOf", "anyOf", "allOf", "if")
_ALTERNATIVES = ("oneOf", "anyOf")


@dataclass(frozen=True, slots=True)
class Layer:
    """One of the schemas that describe a value: the outermost first.

    Attributes:
        node: as written.
        path: where it stands.
    """

    node: Node
    path: Path

    @property
    def component(self) -> str:
        """The name of the component that it is; empty for none."""
        return str(self.path[2]) if self.path[:2] == _COMPONENT and len(self.path) == 3 else ""


class SchemaTrees:
    """Builds the trees of one page, whose anchors are unique.

    Args:
        document: that has the schemas.
        decisions: of its contract.
    """

    def __init__(self, document: Document, decisions: Decisions) -> None:
        self._document, self._decisions = document, decisions
        self._anchors: dict[str, int] = {}
        self._opened: dict[Path, str] = {}

    def anchor(self, name: str) -> str:
        """An anchor that the page does not have yet; the first one of a name is the name."""
        count = self._anchors[name] = self._anchors.get(name, 0) + 1
        return name if count == 1 else f"{name}~{count}"

    def tree(self, path: Path, base: str, name: str = "", *, required: bool = False) -> SchemaNode:
        """The tree of the schema at a path.

        Args:
            base: anchor of the value; those of its fields begin with it.
            name: of the value.
            required: whether there must be one.
        """
        return self._node((path,), base, name, required, self.anchor(base))

    def _node(self, paths: Sequence[Path], base: str, name: str, required: bool, anchor: str) -> SchemaNode:
        layers = [layer for path in paths for layer in self._layers(path)]
        node = self._leaf(layers, name, required, anchor)
        reused = self._component_alone(layers)
        if reused is not None:
            if reused in self._opened:
                return replace(node, seen=self._opened[reused])
            if any(key in layer.node for layer in layers for key in _STRUCTURE):
                self._opened[reused] = anchor or base
        opened = replace(
            node,
            fields=tuple(self._fields(layers, base)),
            item=self._below(layers, "items", base),
            inner=self._inner(layers, base),
            choices=tuple(self._choices(layers, base)),
        )
        if reused is not None and not opened.opens:
            self._opened.pop(reused, None)
        return opened

    def _layers(self, path: Path) -> Iterator[Layer]:
        node: Any = self._document.content
        for part in path:
            node = node[part]
        if not isinstance(node, dict):
            return
        yield Layer(node, path)
        if "$ref" in node:
            yield from self._layers(self._document.path_of(node["$ref"]))
        for index in range(len(node.get("allOf", ()))):
            yield from self._layers((*path, "allOf", index))
        for key in _ALTERNATIVES:
            branches = _branches(node, key)
            # With null as the only alternative, it is no choice.
            if len(branches) == 1:
                yield from self._layers((*path, key, branches[0]))

    def _component_alone(self, layers: Sequence[Layer]) -> Path | None:
        """The component that alone says what the value has below it."""
        structured = next((layer for layer in layers if any(key in layer.node for key in _STRUCTURE)), None)
        return structured.path if structured is not None and structured.component else None

    def _leaf(self, layers: Sequence[Layer], name: str, required: bool, anchor: str) -> SchemaNode:
        nodes = [layer.node for layer in layers]
        words = list(dict.fromkeys(node["description"].strip() for node in nodes if "description" in node))
        listed = self._members(nodes, " ".join(words))
        types, nullable = _types(nodes)
        if listed:
            words = [without_meanings(text, [member.value for member in listed]) for text in words]
        return SchemaNode(
            name=name,
            anchor=anchor,
            types=types,
            nullable=nullable,
            required=required,
            schemas=tuple(dict.fromkeys(layer.component for layer in layers if layer.component)),
            description=words[0] if words else "",
            more=words[1] if len(words) > 1 and not any("properties" in node for node in nodes) else "",
            limits=tuple(dict.fromkeys(text for node in nodes for text in limits(node))),
            members=listed,
            open=bool(listed) and any(_is_open(node) for node in nodes),
            examples=tuple(node["example"] for node in nodes if "example" in node)[:1],
            deprecated=any(node.get("deprecated", False) for node in nodes),
            sensitive=next((node["x-sensitive"] for node in nodes if "x-sensitive" in node), ""),
            mark=next((mark for mark in map(mark_of, nodes) if mark is not None), None),
            decisions=self._decisions.at(*(layer.path for layer in layers)),
        )

    def _members(self, nodes: Sequence[Node], words: str) -> Any:
        for node in nodes:
            own = members(node, words)
            if own:
                return own
            for key in _ALTERNATIVES:
                if _is_enumeration(node, key):
                    return branch_members([branch for branch in node[key] if "const" in branch or "enum" in branch])
        return ()

    def _fields(self, layers: Sequence[Layer], base: str) -> Iterator[SchemaNode]:
        paths: dict[str, list[Path]] = {}
        for layer in layers:
            for key in layer.node.get("properties", {}):
                paths.setdefault(key, []).append((*layer.path, "properties", key))
        required = {key for layer in layers for key in layer.node.get("required", ())}
        for key, places in paths.items():
            below = anchor_of(base, key)
            # The innermost layer of a merged field says the most.
            yield self._node(places[::-1], below, key, key in required, self.anchor(below))
        extra = self._below(layers, "additionalProperties", base)
        if extra is not None:
            yield replace(extra, name="(any other name)")

    def _below(self, layers: Sequence[Layer], key: str, base: str) -> SchemaNode | None:
        paths = [(*layer.path, key) for layer in layers if isinstance(layer.node.get(key), dict)]
        return self._node(paths, base, "", False, "") if paths else None

    def _inner(self, layers: Sequence[Layer], base: str) -> SchemaNode | None:
        return self._below([layer for layer in layers if is_carrier(dict(layer.node))], "contentSchema", base)

    def _choices(self, layers: Sequence[Layer], base: str) -> Iterator[Choice]:
        for layer in layers:
            for key in _ALTERNATIVES:
                branches = _branches(layer.node, key)
                if len(branches) > 1 and not _is_enumeration(layer.node, key):
                    for index in branches:
                        yield self._choice(key, (*layer.path, key, index), base)
            if "if" in layer.node:
                yield from self._conditional(layer, base)

    def _choice(self, kind: str, path: Path, base: str) -> Choice:
        layers = list(self._layers(path))
        node = self._node((path,), base, "", False, "")
        return Choice(kind, _label(layers[0].node if layers else {}, node), node)

    def _conditional(self, layer: Layer, base: str) -> Iterator[Choice]:
        condition = in_words(layer.node["if"])
        for key, words in (("then", f"If {condition}"), ("else", "Otherwise")):
            if isinstance(layer.node.get(key), dict):
                yield Choice("if", words, self._node(((*layer.path, key),), base, "", False, ""))


def _label(written: Node, node: SchemaNode) -> str:
    if "title" in written:
        return str(written["title"])
    if node.schemas:
        return " + ".join(node.schemas)
    return f"with {' and '.join(written['required'])}" if "required" in written else node.type_words


def _branches(node: Node, key: str) -> list[int]:
    return [index for index, branch in enumerate(node.get(key, ())) if branch != {"type": "null"}]


def _is_enumeration(node: Node, key: str) -> bool:
    """Whether alternatives list values; some may leave room for others."""
    branches = [branch for branch in node.get(key, ()) if isinstance(branch, dict)]
    listing = [branch for branch in branches if "const" in branch or "enum" in branch]
    others = [branch for branch in branches if branch not in listing]
    return bool(listing) and all(not any(part in branch for part in (*_STRUCTURE, "$ref")) for branch in others)


def _is_open(node: Node) -> bool:
    branches = [branch for branch in node.get("anyOf", ()) if isinstance(branch, dict)]
    return any("const" not in branch and "enum" not in branch and branch.get("type") != "null" for branch in branches)


def _types(nodes: Sequence[Node]) -> tuple[tuple[str, ...], bool]:
    declared = next((node["type"] for node in nodes if "type" in node), None)
    names = [declared] if isinstance(declared, str) else list(declared or ())
    if not names:
        names = _types_of_values([value for node in nodes for value in _values(node)])
    if not names and any("properties" in node for node in nodes):
        names = ["object"]
    alternatives = (node.get(key, ()) for node in nodes for key in _ALTERNATIVES)
    nullable = "null" in names or any({"type": "null"} in branches for branches in alternatives)
    return tuple(name for name in names if name != "null"), nullable


def _values(node: Node) -> list[Any]:
    branches = [branch for key in _ALTERNATIVES for branch in node.get(key, ()) if isinstance(branch, dict)]
    return [value for part in (node, *branches) for value in (*part.get("enum", ()), *_constant(part))]


def _constant(node: Node) -> list[Any]:
    return [node["const"]] if "const" in node else []


_JSON_TYPES = {str: "string", bool: "boolean", int: "integer", float: "number", type(None): "null"}


def _types_of_values(values: Sequence[Any]) -> list[str]:
    return list(dict.fromkeys(_JSON_TYPES.get(type(value), "object") for value in values))
