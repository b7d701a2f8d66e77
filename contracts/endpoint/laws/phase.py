"""Runs the active laws: what they find is looked at a second time, and what they could not test is named."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

import requests

from bodydouble.contracts.endpoint.laws.active_law import ActiveLaw
from bodydouble.contracts.endpoint.laws.context import LawContext
from bodydouble.contracts.endpoint.laws.results import LawResult, LawVerdict, not_tested
from bodydouble.contracts.endpoint.rules import kind
from bodydouble.contracts.endpoint.transport import BudgetSpent
from bodydouble.contracts.model.contract import Operation
from bodydouble.contracts.model.law_violation import LawViolation
from bodydouble.contracts.model.laws import Law

_BUDGET = "the budget is spent"
_UNREACHED = "nothing of this run could show it"
_ORDER = (LawVerdict.VIOLATED, LawVerdict.TESTED, LawVerdict.UNTESTED)
_Outcome = LawViolation | LawResult


class LawPhase:
    """The laws of one run.

    Attributes:
        context: what the laws may use.
        violations: those that a second look has confirmed.
        unconfirmed: how many a second look has not confirmed.
    """

    def __init__(self, context: LawContext) -> None:
        self.context = context
        self._results: list[LawResult] = []
        self.violations: list[LawViolation] = []
        self.unconfirmed = 0

    def run(self, laws: Iterable[ActiveLaw]) -> None:
        """Test some laws on all operations that declare them."""
        for law in laws:
            for operation in self.context.operations.values():
                if operation.laws is not None and law.laws & operation.laws.declared:
                    self._test(law, operation)

    def add(self, outcomes: Iterable[_Outcome]) -> None:
        """Add what was found or tested elsewhere; it needs no second look."""
        for outcome in outcomes:
            if isinstance(outcome, LawResult):
                self._results.append(outcome)
            else:
                self.violations.append(outcome)

    def results(self) -> tuple[LawResult, ...]:
        """What became of each law that concerns the operations of the run."""
        return tuple(
            self._result(operation, law)
            for operation in self.context.operations.values()
            if operation.laws is not None
            for law in operation.laws.required
        )

    def _test(self, law: ActiveLaw, operation: Operation) -> None:
        first = self._outcomes(law, operation)
        self._results += [outcome for outcome in first if isinstance(outcome, LawResult)]
        suspected = [outcome for outcome in first if isinstance(outcome, LawViolation)]
        if not suspected:
            return
        again = {_key(outcome) for outcome in self._outcomes(law, operation) if isinstance(outcome, LawViolation)}
        confirmed = [violation for violation in suspected if _key(violation) in again]
        self.violations += confirmed
        self.unconfirmed += len(suspected) - len(confirmed)

    def _outcomes(self, law: ActiveLaw, operation: Operation) -> Sequence[_Outcome]:
        # What was yielded before an error counts.
        outcomes: list[_Outcome] = []
        try:
            for outcome in law.check(self.context, operation):
                outcomes.append(outcome)
        except BudgetSpent:
            outcomes += self._not_tested(law, operation, _BUDGET)
        except requests.RequestException as error:
            outcomes += self._not_tested(law, operation, f"no response: {type(error).__name__}")
        return outcomes

    @staticmethod
    def _not_tested(law: ActiveLaw, operation: Operation, reason: str) -> Iterator[LawResult]:
        declared = operation.laws.declared if operation.laws is not None else frozenset()
        for name in sorted(law.laws & declared, key=lambda entry: entry.value):
            yield not_tested(operation.id, name, reason)

    def _result(self, operation: Operation, law: Law) -> LawResult:
        reason = operation.laws.untested.get(law) if operation.laws is not None else None
        if reason is not None:
            return LawResult(operation.id, law, LawVerdict.UNDECLARED, reason)
        if any((violation.operation, violation.law) == (operation.id, law) for violation in self.violations):
            return LawResult(operation.id, law, LawVerdict.VIOLATED)
        results = [result for result in self._results if (result.operation, result.law) == (operation.id, law)]
        best = min(results, key=lambda result: _ORDER.index(result.verdict), default=None)
        if best is None:
            return not_tested(operation.id, law, _UNREACHED)
        return replace(best, count=sum(result.count for result in results))


def _key(violation: LawViolation) -> tuple[str, Law, str]:
    return violation.operation, violation.law, kind(violation.message)
