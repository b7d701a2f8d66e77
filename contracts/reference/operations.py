"""Operations, and the error cases that they have."""

from dataclasses import dataclass

from bodydouble.contracts.core.json_pointer import lookup
from bodydouble.contracts.model.contract import Contract, ErrorCase, Operation
from bodydouble.contracts.reference.marks import Decision, Decisions, Mark, mark_of
from bodydouble.contracts.reference.messages import BodyReference, MessageReader, ParameterReference, ResponseReference
from bodydouble.contracts.reference.sign_in import SignatureReference, operation_signature


@dataclass(frozen=True, slots=True)
class OperationReference:
    """An operation.

    Attributes:
        callbacks: that its requests can name a URL for.
        signature: how its own fields are signed, or None.
        edges: what it does in lifecycles: lifecycle, sources, target.
    """

    operation: Operation
    description: str
    deprecated: bool
    parameters: tuple[ParameterReference, ...]
    body: BodyReference | None
    responses: tuple[ResponseReference, ...]
    callbacks: tuple[str, ...]
    signature: SignatureReference | None
    edges: tuple[tuple[str, tuple[str, ...], str], ...]
    mark: Mark | None
    decisions: tuple[Decision, ...]

    def anchors(self) -> frozenset[str]:
        """All anchors of fields on its page."""
        trees = [parameter.node for parameter in self.parameters]
        trees += [header.node for response in self.responses for header in response.headers]
        trees += [body.tree for body in (self.body, *(r.body for r in self.responses)) if body and body.tree]
        return frozenset(node.anchor for tree in trees for node in tree.walk() if node.anchor)


@dataclass(frozen=True, slots=True)
class ErrorReference:
    """An error case.

    Attributes:
        operations: that have it by their state or token; empty for cases that any request can have.
    """

    case: ErrorCase
    anchor: str
    operations: tuple[str, ...]
    mark: Mark | None
    decisions: tuple[Decision, ...]


def operation_reference(contract: Contract, name: str, decisions: Decisions) -> OperationReference:
    """An operation of a contract.

    Raises:
        KeyError: it has none of that name.
    """
    operation = contract.operations[name]
    path = contract.document.path_of(operation.pointer)
    node = lookup(contract.document.content, operation.pointer)
    messages = MessageReader(contract, decisions)
    return OperationReference(
        operation=operation,
        description=node.get("description", ""),
        deprecated=node.get("deprecated", False),
        parameters=messages.parameters(path),
        body=messages.body((*path, "requestBody"), "body") if "requestBody" in node else None,
        responses=messages.responses(path),
        callbacks=tuple(entry.id for entry in contract.callbacks.values() if entry.operation == name),
        signature=operation_signature(contract, operation, decisions),
        edges=tuple(_edges(contract, name)),
        mark=mark_of(node),
        decisions=decisions.below(path, ("responses", "requestBody")),
    )


def _edges(contract: Contract, name: str) -> list[tuple[str, tuple[str, ...], str]]:
    sources: dict[tuple[str, str], tuple[str, ...]] = {}
    for lifecycle in contract.lifecycles.values():
        for edge in lifecycle.edges:
            if edge.by == name:
                key = (lifecycle.name, edge.target)
                sources[key] = (*sources.get(key, ()), edge.source)
    return [(lifecycle, states, target) for (lifecycle, target), states in sources.items()]


def error_references(contract: Contract, decisions: Decisions) -> tuple[ErrorReference, ...]:
    """All error cases of a contract."""
    users: dict[str, list[str]] = {}
    for operation in contract.operations.values():
        for case in dict.fromkeys((*operation.errors, *operation.token_errors.values())):
            users.setdefault(case.name, []).append(operation.id)
    entries = contract.document.content["x-errors"]
    return tuple(
        ErrorReference(
            case,
            f"error.{name}",
            tuple(users.get(name, ())),
            mark_of(entries[name]),
            decisions.at(("x-errors", name)),
        )
        for name, case in contract.errors.items()
    )
