"""What operations and callbacks have in common: parameters, bodies and responses."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from bodydouble.contracts.core.json_pointer import Path
from bodydouble.contracts.core.wire import JSON
from bodydouble.contracts.model.contract import Contract
from bodydouble.contracts.reference.marks import Decision, Decisions, Mark, mark_of
from bodydouble.contracts.reference.places import anchor_of
from bodydouble.contracts.reference.schema_node import SchemaNode
from bodydouble.contracts.reference.schema_tree import SchemaTrees
from bodydouble.contracts.reference.schema_words import with_meanings, without_meanings

LOCATIONS = {"path": "Path", "query": "Query", "header": "Headers", "cookie": "Cookies"}


@dataclass(frozen=True, slots=True)
class ParameterReference:
    """A parameter, or a header of a response.

    Attributes:
        location: `path`, `query` or `header`.
        holds_json: whether its text is a JSON document.
        node: its name, schema and all else; its description is the parameter's own.
    """

    location: str
    holds_json: bool
    node: SchemaNode


@dataclass(frozen=True, slots=True)
class BodyReference:
    """A body.

    Attributes:
        media_types: that it may have.
        tree: of its schema; None if it has none.
        examples: by name; empty for none.
    """

    description: str
    required: bool
    media_types: tuple[str, ...]
    tree: SchemaNode | None
    examples: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class LinkReference:
    """What can be done with a response.

    Attributes:
        operation: that takes values of it.
    """

    operation: str
    description: str


@dataclass(frozen=True, slots=True)
class ResponseReference:
    """A response, or an acknowledgement.

    Attributes:
        status: exact, or a class such as `4XX`.
    """

    status: str
    anchor: str
    description: str
    headers: tuple[ParameterReference, ...]
    body: BodyReference | None
    links: tuple[LinkReference, ...]
    mark: Mark | None
    decisions: tuple[Decision, ...]


class MessageReader:
    """Reads the messages of one page.

    Args:
        contract: that has them.
        decisions: its own.
    """

    def __init__(self, contract: Contract, decisions: Decisions) -> None:
        self._document, self._decisions = contract.document, decisions
        self._trees = SchemaTrees(contract.document, decisions)

    def parameters(self, at: Path) -> tuple[ParameterReference, ...]:
        """The parameters of the operation at a path, those of its path item first."""
        parameters: dict[tuple[str, str], ParameterReference] = {}
        for holder in (at[:-1], at):
            node, real = self._document.locate(holder)
            for index in range(len(node.get("parameters", ()))):
                parameter, where = self._document.locate((*real, "parameters", index))
                key = (parameter["in"], parameter["name"])
                parameters[key] = self._parameter(parameter, where, anchor_of(*key), *key)
        return tuple(parameters.values())

    def _parameter(self, node: Any, where: Path, base: str, location: str, name: str) -> ParameterReference:
        holds_json = "content" in node
        below: Path = ("content", JSON, "schema") if holds_json else ("schema",)
        tree = self._trees.tree((*where, *below), base, name, required=node.get("required", False))
        example = node.get("example", node.get("content", {}).get(JSON, {}).get("example"))
        own = _with_words_of(node, tree, example, self._decisions.at(where))
        return ParameterReference(location, holds_json, own)

    def body(self, at: Path, base: str, *, described: bool = True) -> BodyReference | None:
        """The body at a path: of a request or of a response; None if it has no content.

        Args:
            described: whether the description at the path is the body's, not that of a whole response.
        """
        node, real = self._document.locate(at)
        content = node.get("content", {})
        if not content:
            return None
        media_type = JSON if JSON in content else next(iter(content))
        has_schema = "schema" in content[media_type]
        tree = self._trees.tree((*real, "content", media_type, "schema"), base) if has_schema else None
        return BodyReference(
            description=node.get("description", "") if described else "",
            required=node.get("required", False),
            media_types=tuple(content),
            tree=tree,
            examples=dict(self._examples(content[media_type])),
        )

    def _examples(self, content: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
        if "example" in content:
            yield "example", content["example"]
        for name, entry in content.get("examples", {}).items():
            resolved = self._document.resolve(entry)
            yield str(resolved.get("summary", name)), resolved.get("value")

    def responses(self, at: Path) -> tuple[ResponseReference, ...]:
        """The responses of the operation at a path."""
        node, real = self._document.locate((*at, "responses"))
        return tuple(self._response(str(status), *self._document.locate((*real, status))) for status in node)

    def _response(self, status: str, node: Any, where: Path) -> ResponseReference:
        base = anchor_of("response", status)
        headers = [
            self._parameter(
                *self._document.locate((*where, "headers", name)), anchor_of(base, "header", name), "header", name
            )
            for name in node.get("headers", ())
        ]
        body = self.body(where, base, described=False)
        return ResponseReference(
            status=status,
            # The body's tree begins at the response's anchor.
            anchor=body.tree.anchor if body is not None and body.tree is not None else self._trees.anchor(base),
            description=node["description"],
            headers=tuple(headers),
            body=body,
            links=tuple(self._links(node.get("links", {}))),
            mark=mark_of(node),
            decisions=self._decisions.at(where),
        )

    def _links(self, links: Mapping[str, Any]) -> Iterator[LinkReference]:
        for entry in links.values():
            link = self._document.resolve(entry)
            if "operationId" in link:
                yield LinkReference(link["operationId"], link.get("description", ""))


def _with_words_of(node: Any, tree: SchemaNode, example: Any, decisions: tuple[Decision, ...]) -> SchemaNode:
    own = node.get("description", "").strip()
    listed = with_meanings(tree.members, own)
    shown = without_meanings(own, [member.value for member in listed])
    return replace(
        tree,
        description=shown or tree.description,
        members=listed,
        more=tree.more or (tree.description if shown and tree.description != shown else ""),
        examples=(example,) if example is not None else tree.examples,
        deprecated=node.get("deprecated", tree.deprecated),
        sensitive=node.get("x-sensitive", tree.sensitive),
        mark=mark_of(node) or tree.mark,
        decisions=tuple(dict.fromkeys((*decisions, *tree.decisions))),
    )


def pointer_anchor(base: str, pointer_parts: list[str]) -> str:
    """The anchor of a value in a message, by its JSON pointer: the items of a list share that of the list."""
    return anchor_of(base, *(part for part in pointer_parts if not part.isdecimal()))
