"""The laws between requests that operations declare (`x-laws`), as people read them."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from bodydouble.contracts.core.json_pointer import lookup
from bodydouble.contracts.model.contract import Contract, Operation
from bodydouble.contracts.model.laws import DESCRIPTIONS, Law
from bodydouble.contracts.reference.law_words import LawWords, Line, plain_text
from bodydouble.contracts.reference.marks import Mark, mark_of
from bodydouble.contracts.reference.places import anchor_of

ROLES: Mapping[str, str] = {
    "create": "makes records",
    "read": "reads records",
    "list": "lists records",
    "update": "changes records",
    "delete": "deletes records",
    "act": "takes records from state to state",
    "sign-in": "issues tokens",
    "other": "none of the laws",
}


@dataclass(frozen=True, slots=True)
class NamedLaw:
    """A law, with its name and its place."""

    law: Law

    @property
    def anchor(self) -> str:
        """On the page of the operation, and on the page of all laws."""
        return law_anchor(self.law)

    @property
    def summary(self) -> str:
        """What holds, in a few words."""
        return DESCRIPTIONS[self.law]


@dataclass(frozen=True, slots=True)
class LawReference(NamedLaw):
    """A law that concerns an operation.

    Attributes:
        lines: how it holds here: which fields it is about.
        reason: why it cannot be tested here; empty for one that is declared.
    """

    lines: tuple[Line, ...]
    reason: str = ""

    @property
    def text(self) -> str:
        """All of its words, without links."""
        return " ".join((self.summary, self.reason, *map(plain_text, self.lines)))


@dataclass(frozen=True, slots=True)
class OperationLawsReference:
    """The laws of an operation.

    Attributes:
        resource: the kind of record that it is about; empty for none.
        role: what it does with records, in words.
        about: lines about its records.
        mark: where the declarations come from.
    """

    resource: str
    role: str
    about: tuple[Line, ...]
    laws: tuple[LawReference, ...]
    mark: Mark | None


@dataclass(frozen=True, slots=True)
class LawUse(NamedLaw):
    """A law in a contract.

    Attributes:
        operations: for which it holds.
        excepted: operationIds for which it cannot be tested, with the reason.
    """

    operations: tuple[str, ...]
    excepted: Mapping[str, str]


def law_anchor(law: Law) -> str:
    """The anchor of a law on a page."""
    return anchor_of("law", law.value)


def operation_laws_reference(contract: Contract, operation: Operation) -> OperationLawsReference | None:
    """The laws of an operation; None if it declares none."""
    laws = operation.laws
    if laws is None:
        return None
    words = LawWords(contract, operation, laws)
    node = lookup(contract.document.content, operation.pointer)["x-laws"]
    return OperationLawsReference(
        resource=laws.resource,
        role=ROLES[laws.role],
        about=tuple(words.about()),
        laws=tuple(_laws(operation, words)),
        mark=mark_of(node),
    )


def _laws(operation: Operation, words: LawWords) -> Iterator[LawReference]:
    untested = {} if operation.laws is None else operation.laws.untested
    for law in () if operation.laws is None else operation.laws.required:
        if law in untested:
            yield LawReference(law, (), untested[law])
        else:
            yield LawReference(law, tuple(words.of(law)))


def law_uses(contract: Contract) -> tuple[LawUse, ...]:
    """Every law that concerns an operation of a contract."""
    uses = (_use(law, contract.operations.values()) for law in Law)
    return tuple(use for use in uses if use.operations or use.excepted)


def _use(law: Law, operations: Iterable[Operation]) -> LawUse:
    laws_of = {operation.id: operation.laws for operation in operations if operation.laws is not None}
    return LawUse(
        law,
        tuple(name for name, laws in laws_of.items() if law in laws.declared),
        {name: laws.untested[law] for name, laws in laws_of.items() if law in laws.untested},
    )
