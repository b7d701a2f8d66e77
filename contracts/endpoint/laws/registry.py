"""The active laws, by name.

How to add one: write a function from a `LawContext` and an operation to violations and results, and add an `ActiveLaw`
with it to `ACTIVE_LAWS`. It is called once for each operation that declares one of its laws, and once more from the
start if it yields a violation; only what the second call confirms is reported.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from bodydouble.contracts.endpoint.laws.context import LawContext
from bodydouble.contracts.endpoint.laws.results import LawResult
from bodydouble.contracts.model.contract import Operation
from bodydouble.contracts.model.law_violation import LawViolation
from bodydouble.contracts.model.laws import Law

Check = Callable[[LawContext, Operation], Iterator[LawViolation | LawResult]]


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


# In the order in which they run.
ACTIVE_LAWS: tuple[ActiveLaw, ...] = ()
