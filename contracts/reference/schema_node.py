"""A schema as a tree to be read: one node for each value, with everything that is known of it."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from bodydouble.contracts.reference.marks import Decision, Mark
from bodydouble.contracts.reference.schema_words import Member


@dataclass(frozen=True, slots=True)
class SchemaNode:
    """A value in a message.

    Attributes:
        name: of the field; empty for a whole body, an item of a list and a choice.
        anchor: on its page; empty for what shares that of the node above.
        types: of JSON, without null.
        nullable: whether it may be null.
        required: whether the object above must have it.
        schemas: names of the components that describe it.
        description: in words.
        more: what its component says, where the field has words of its own.
        limits: what its keywords require, in words.
        members: of its enumeration.
        open: whether values occur that the enumeration lacks.
        examples: an example, or none.
        sensitive: `secret`, `personal` or empty.
        mark: where it comes from, if not from the vendor's document.
        decisions: about it.
        fields: of the object.
        item: of the list; None if it is no list, or of anything.
        inner: the JSON document that the text holds.
        choices: what else the value must be, one of several, or under a condition.
        seen: anchor of the node on the page at which the same component is opened; empty where it is opened here.
    """

    name: str
    anchor: str
    types: tuple[str, ...]
    nullable: bool
    required: bool
    schemas: tuple[str, ...]
    description: str
    more: str
    limits: tuple[str, ...]
    members: tuple[Member, ...]
    open: bool
    examples: tuple[Any, ...]
    deprecated: bool
    sensitive: str
    mark: Mark | None
    decisions: tuple[Decision, ...]
    fields: tuple["SchemaNode", ...] = ()
    item: "SchemaNode | None" = None
    inner: "SchemaNode | None" = None
    choices: tuple["Choice", ...] = ()
    seen: str = ""

    @property
    def type_words(self) -> str:
        """Its types as a person says them: `list of text`."""
        words = " or ".join(self.types) or ("any value" if not self.choices else "")
        if self.item is not None and self.types == ("array",):
            words = f"array of {self.item.type_words}"
        return f"{words} or null" if self.nullable else words

    @property
    def opens(self) -> bool:
        """Whether there is something below it."""
        return bool(self.fields or self.choices or self.inner or (self.item and (self.item.opens or self.item.seen)))

    def walk(self) -> Iterator["SchemaNode"]:
        """The node and all below it."""
        yield self
        below = [*self.fields, *(choice.node for choice in self.choices), self.item, self.inner]
        for node in below:
            if node is not None:
                yield from node.walk()


@dataclass(frozen=True, slots=True)
class Choice:
    """One of several forms of a value.

    Attributes:
        kind: `oneOf`, `anyOf`, or `if` for what holds under a condition.
        label: names it.
        node: what the value is then.
    """

    kind: str
    label: str
    node: SchemaNode
