"""How a law is tested: a function that is called for each operation that declares it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from bodydouble.contracts.endpoint.laws.context import LawContext
from bodydouble.contracts.endpoint.laws.results import LawResult
from bodydouble.contracts.model.contract import Operation
from bodydouble.contracts.model.law_violation import LawViolation
from bodydouble.contracts.model.laws import Law

Outcomes = Iterator[LawViolation | LawResult]
Check = Callable[[LawContext, Operation], Outcomes]


@dataclass(frozen=True, slots=True)
class ActiveLaw:
    """How some laws are tested.

    Attributes:
        laws: those that it tests; it is called for the operations that declare one of them.
        check: sends requests, and yields what it has tested, could not test, or finds violated.
        after_watch: whether it comes after the lifecycle watch, when what was created has ended; else before.
    """

    laws: frozenset[Law]
    check: Check
    after_watch: bool = False
