"""The reference of one vendor: what its pages are made from, each when it is asked for."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

from bodydouble.contracts.core.json_pointer import Path, parts
from bodydouble.contracts.model.contract import Callback, Contract, ErrorCase, Operation
from bodydouble.contracts.reference.callbacks import CallbackReference, callback_reference
from bodydouble.contracts.reference.laws import LawUse, OperationLawsReference, law_uses, operation_laws_reference
from bodydouble.contracts.reference.lifecycles import LifecycleReference, lifecycle_reference
from bodydouble.contracts.reference.marks import Decision, Decisions, Mark, mark_of
from bodydouble.contracts.reference.messages import pointer_anchor
from bodydouble.contracts.reference.operations import (
    ErrorReference,
    OperationReference,
    error_references,
    operation_reference,
)
from bodydouble.contracts.reference.places import Place, Places, anchor_of
from bodydouble.contracts.reference.plain_document import plain_document
from bodydouble.contracts.reference.schema_node import SchemaNode
from bodydouble.contracts.reference.schema_tree import SchemaTrees
from bodydouble.contracts.reference.sign_in import SignInReference, sign_in_reference

_SCHEMAS: Path = ("components", "schemas")


@dataclass(frozen=True, slots=True)
class Chapter:
    """The operations and callbacks of one tag."""

    name: str
    description: str
    operations: tuple[Operation, ...]
    callbacks: tuple[Callback, ...]

    @property
    def anchor(self) -> str:
        """On the overview."""
        return anchor_of("chapter", self.name)


@dataclass(frozen=True, slots=True)
class Server:
    """An address of the vendor's."""

    url: str
    description: str
    mark: Mark | None


class VendorReference:
    """The reference of one contract. Nothing is read of it before it is asked for; of what is large, nothing is kept.

    Args:
        contract: whose reference it is.
    """

    def __init__(self, contract: Contract) -> None:
        self.contract = contract

    @cached_property
    def places(self) -> Places:
        """Where its statements stand."""
        return Places(self.contract)

    @cached_property
    def decisions(self) -> Decisions:
        """The decided contradictions of its sources."""
        return Decisions(self.contract, self.places)

    @property
    def name(self) -> str:
        """The vendor's name in URLs."""
        return self.contract.vendor

    @property
    def content(self) -> Mapping[str, Any]:
        """The specification as written."""
        return self.contract.document.content

    @property
    def plain_content(self) -> Any:
        """The specification without extensions."""
        return plain_document(self.content)

    @property
    def info(self) -> Mapping[str, Any]:
        """Title, version, summary and description."""
        info: Mapping[str, Any] = self.content["info"]
        return info

    @property
    def servers(self) -> tuple[Server, ...]:
        """The addresses at which the vendor is reached."""
        entries = self.content.get("servers", ())
        return tuple(Server(entry["url"], entry.get("description", ""), mark_of(entry)) for entry in entries)

    @cached_property
    def chapters(self) -> tuple[Chapter, ...]:
        """Its operations and callbacks by tag, in the order of the document."""
        tags = self.content.get("tags", ())
        described = {tag["name"]: tag.get("description", "") for tag in tags}
        operations, callbacks = self.contract.operations.values(), self.contract.callbacks.values()
        of_callback = {entry.id: self._tag(entry) for entry in callbacks}
        names = dict.fromkeys((*described, *(tag for entry in operations for tag in entry.tags), *of_callback.values()))
        chapters = [
            Chapter(
                name,
                described.get(name, ""),
                tuple(entry for entry in operations if (entry.tags or ("",))[0] == name),
                tuple(entry for entry in callbacks if of_callback[entry.id] == name),
            )
            for name in names
        ]
        return tuple(chapter for chapter in chapters if chapter.operations or chapter.callbacks)

    def _tag(self, callback: Callback) -> str:
        path = self.contract.document.path_of(callback.pointer)
        node, _ = self.contract.document.locate(path)
        return str((node.get("tags") or ["Callbacks"])[0])

    @property
    def sign_in(self) -> SignInReference:
        """How its clients sign in."""
        return sign_in_reference(self.contract, self.decisions)

    @property
    def throttling(self) -> tuple[ErrorCase, ...]:
        """The error cases of too many requests."""
        cases = self.contract.errors.values()
        return tuple(
            case
            for case in cases
            if "throttled" in case.conditions
            or case.status == 429
            or any(value.startswith("$retry") for value in case.headers.values())
        )

    @property
    def time_formats(self) -> tuple[tuple[str, str, Any], ...]:
        """The components that are times: name, description and example."""
        schemas = self.content.get("components", {}).get("schemas", {})
        return tuple(
            (name, schema.get("description", ""), schema.get("example"))
            for name, schema in schemas.items()
            if ("Time" in name or "Date" in name or schema.get("format") == "date-time") and "properties" not in schema
            if schema.get("type") not in ("object", "array", "boolean") and "allOf" not in schema
        )

    @property
    def schemas(self) -> Mapping[str, Any]:
        """Its components, by name."""
        schemas: Mapping[str, Any] = self.content.get("components", {}).get("schemas", {})
        return schemas

    def operation(self, name: str) -> OperationReference:
        """An operation; KeyError if there is none of that name."""
        return operation_reference(self.contract, name, self.decisions)

    def operation_laws(self, name: str) -> OperationLawsReference | None:
        """The laws of an operation, or None; KeyError if there is no operation of that name."""
        return operation_laws_reference(self.contract, self.contract.operations[name])

    def laws(self) -> tuple[LawUse, ...]:
        """All laws between its requests."""
        return law_uses(self.contract)

    def callback(self, name: str) -> CallbackReference:
        """A callback; KeyError if there is none of that name."""
        return callback_reference(self.contract, name, self.decisions)

    def lifecycle(self, name: str) -> LifecycleReference:
        """A lifecycle; KeyError if there is none of that name."""
        return lifecycle_reference(self.contract, name, self.decisions)

    def errors(self) -> tuple[ErrorReference, ...]:
        """All error cases."""
        return error_references(self.contract, self.decisions)

    def all_decisions(self) -> tuple[Decision, ...]:
        """All decided contradictions."""
        return tuple(self.decisions.all.values())

    def schema(self, name: str) -> SchemaNode:
        """The tree of a component; KeyError if there is none of that name."""
        if name not in self.schemas:
            raise KeyError(name)
        return SchemaTrees(self.contract.document, self.decisions).tree((*_SCHEMAS, name), "field", name)

    @cached_property
    def _users(self) -> Mapping[str, tuple[str, ...]]:
        """For each component, the components that refer to it."""
        users: dict[str, list[str]] = {}
        for name, schema in self.schemas.items():
            for used in dict.fromkeys(_references(schema)):
                users.setdefault(used, []).append(name)
        return {name: tuple(entries) for name, entries in users.items()}

    @cached_property
    def _messages_using(self) -> Mapping[str, tuple[Place, ...]]:
        """For each component, the operations and callbacks whose messages refer to it themselves."""
        document, users = self.contract.document, dict[str, dict[Place, None]]()
        for kind, entries in (("operation", self.contract.operations), ("callback", self.contract.callbacks)):
            for name, entry in entries.items():
                node, _ = document.locate(document.path_of(entry.pointer))
                inside = {key: value for key, value in node.items() if key != "callbacks"}
                for used in _components(document, inside):
                    users.setdefault(used, {})[Place(kind, name)] = None
        return {name: tuple(entries) for name, entries in users.items()}

    def users(self, schema: str) -> tuple[tuple[Place, ...], tuple[str, ...]]:
        """Who refers to a component: operations and callbacks, and other components."""
        return self._messages_using.get(schema, ()), self._users.get(schema, ())

    def field_place(self, operation: str, part: str, pointer: str, status: int | None = None) -> Place | None:
        """The place of a value in a message, or of the nearest value above it; None without such an operation.

        Args:
            part: `body`, `query`, `path` or `header`.
            pointer: JSON pointer into that part.
            status: of the response whose body is meant; None for the request.
        """
        if operation not in self.contract.operations:
            return None
        anchors, statuses = _anchors(self, operation)
        keys = parts(pointer)
        base = part if status is None else f"response.{_declared(statuses, status)}"
        for length in range(len(keys), -1, -1):
            anchor = pointer_anchor(base, keys[:length])
            # Headers have names in any case.
            if anchor.lower() in anchors:
                return Place("operation", operation, anchors[anchor.lower()])
        return Place("operation", operation)


@lru_cache(maxsize=64)
def _anchors(vendor: VendorReference, operation: str) -> tuple[Mapping[str, str], tuple[str, ...]]:
    """The anchors on an operation's page, by their lower case, and the statuses of its responses."""
    reference = vendor.operation(operation)
    responses = reference.responses
    anchors = sorted((*reference.anchors(), *(response.anchor for response in responses)), reverse=True)
    return {anchor.lower(): anchor for anchor in anchors}, tuple(response.status for response in responses)


def _declared(statuses: tuple[str, ...], status: int) -> str:
    return next((name for name in (str(status), f"{status // 100}XX") if name in statuses), "default")


def _references(node: Any) -> list[str]:
    if isinstance(node, list):
        return [name for item in node for name in _references(item)]
    if not isinstance(node, dict):
        return []
    own = str(node.get("$ref", ""))
    here = [own.rpartition("/")[2]] if own.startswith("#/components/schemas/") else []
    return here + [name for value in node.values() for name in _references(value)]


def _components(document: Any, node: Any) -> dict[str, None]:
    """The schemas that a message names, also through shared parameters and responses."""
    names = dict.fromkeys(_references(node))
    for shared in _shared_references(node):
        names.update(_components(document, document.resolve({"$ref": shared})))
    return names


def _shared_references(node: Any) -> list[str]:
    if isinstance(node, list):
        return [name for item in node for name in _shared_references(item)]
    if not isinstance(node, dict):
        return []
    own = node.get("$ref")
    if isinstance(own, str) and not own.startswith("#/components/schemas/"):
        return [own]
    return [
        name for key, value in node.items() if key not in ("example", "value") for name in _shared_references(value)
    ]
