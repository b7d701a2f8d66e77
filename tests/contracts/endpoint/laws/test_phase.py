"""The phase of the active laws: only confirmed violations are reported, and what was not tested is named."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
import requests

from bodydouble.contracts.core.wire import WireRequest, WireResponse
from bodydouble.contracts.endpoint.laws.active_law import ActiveLaw, Check
from bodydouble.contracts.endpoint.laws.context import LawContext
from bodydouble.contracts.endpoint.laws.phase import LawPhase
from bodydouble.contracts.endpoint.laws.results import LawResult, LawVerdict, counts, was_tested
from bodydouble.contracts.endpoint.options import EndpointOptions
from bodydouble.contracts.endpoint.transport import BudgetSpent
from bodydouble.contracts.model.contract import Operation
from bodydouble.contracts.model.exchange import OperationExchange
from bodydouble.contracts.model.law_violation import LawViolation
from bodydouble.contracts.model.laws import Law, OperationLaws, Records
from bodydouble.contracts.model.loader import load_contract

CONTRACT = load_contract("guiji")
READ = replace(
    CONTRACT.operations["getVideo"],
    laws=OperationLaws(
        "video",
        "read",
        Records("/data", "/id", "$request.path.id"),
        untested={Law.ISOLATION: "no reason"},
        required=(Law.IDENTITY, Law.ISOLATION),
    ),
)
EXCHANGE = OperationExchange(CONTRACT, READ, WireRequest("GET", "/", "", {}, b""), WireResponse(200))
Outcome = LawViolation | LawResult


def call(operation: Operation, request: WireRequest) -> OperationExchange:
    raise AssertionError


def phase_after(check: Check) -> LawPhase:
    context = LawContext(CONTRACT, {READ.id: READ}, EndpointOptions(), [], call, lambda name, count: True)
    phase = LawPhase(context)
    phase.run([ActiveLaw(frozenset({Law.IDENTITY}), check)])
    return phase


def failing(error: Exception) -> tuple[Outcome, ...]:
    raise error


def violation(message: str) -> LawViolation:
    return LawViolation(Law.IDENTITY, READ.id, message, (EXCHANGE,))


def test_a_violation_that_shows_twice_is_reported_as_the_first_look_saw_it() -> None:
    texts = iter(["shows 7", "shows 8"])
    phase = phase_after(lambda context, operation: iter([violation(next(texts))]))
    assert [entry.message for entry in phase.violations] == ["shows 7"]
    assert phase.results()[0] == LawResult(READ.id, Law.IDENTITY, LawVerdict.VIOLATED)


def test_a_violation_that_does_not_show_again_is_only_counted() -> None:
    looks: Iterator[list[Outcome]] = iter([[violation("a")], [was_tested(READ.id, Law.IDENTITY)]])
    phase = phase_after(lambda context, operation: iter(next(looks)))
    assert not phase.violations
    assert phase.unconfirmed == 1


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (BudgetSpent("x"), "the budget is spent"),
        (requests.ConnectTimeout("x"), "no response: ConnectTimeout"),
    ],
)
def test_what_stops_a_law_is_the_reason_why_it_was_not_tested(error: Exception, reason: str) -> None:
    def check(context: LawContext, operation: Operation) -> Iterator[Outcome]:
        yield from failing(error)

    assert phase_after(check).results()[0] == LawResult(READ.id, Law.IDENTITY, LawVerdict.UNTESTED, reason)


def test_results_count_what_was_tested_and_tell_what_is_not_declared() -> None:
    phase = phase_after(lambda context, operation: iter([was_tested(READ.id, Law.IDENTITY)] * 3))
    assert phase.results() == (
        LawResult(READ.id, Law.IDENTITY, LawVerdict.TESTED, count=3),
        LawResult(READ.id, Law.ISOLATION, LawVerdict.UNDECLARED, "no reason"),
    )
    assert str(counts(phase.results())) == "laws: 1 declared, 1 tested, 0 not testable here"
