"""What schemathesis is told beyond the specification."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, reject, seed, settings
from hypothesis import strategies as st
from hypothesis.errors import Unsatisfiable

from bodydouble.contracts.endpoint.case_generation import MAX_QUERY_LENGTH, RealisticCases, fits_request_line
from tests.support import specification

Hook = Callable[[Any, st.SearchStrategy[Any]], st.SearchStrategy[Any]]
CONTEXT = SimpleNamespace(
    operation=SimpleNamespace(definition=SimpleNamespace(raw={"operationId": "createThing"})),
)


def hooks() -> dict[str, Hook]:
    registered: dict[str, Hook] = {}
    schema: Any = SimpleNamespace(
        hooks=SimpleNamespace(register_hook_with_name=lambda hook, name: registered.update({name: hook}))
    )
    RealisticCases(specification.contract(), {}, lambda operation: {}).register(schema)
    return registered


def draws_of_what_cannot_be_drawn(wrapped: Callable[[st.SearchStrategy[Any]], st.SearchStrategy[Any]]) -> int:
    draws = 0

    @st.composite
    def impossible(draw: st.DrawFn) -> None:
        nonlocal draws
        draws += 1
        draw(st.booleans())
        reject()

    # Health checks complain that nothing can be drawn, which is what is tested.
    @seed(1)
    @settings(max_examples=3, database=None, suppress_health_check=list(HealthCheck))
    @given(wrapped(impossible()))
    def nothing(value: Any) -> None:
        """Never called."""

    with pytest.raises(Unsatisfiable):
        nothing()
    return draws


@pytest.mark.parametrize("hook", ["before_generate_query", "before_generate_case"])
def test_known_values_do_not_draw_failing_strategies_more_often(hook: str) -> None:
    change = hooks()[hook]
    unchanged = draws_of_what_cannot_be_drawn(lambda strategy: strategy)
    assert draws_of_what_cannot_be_drawn(lambda strategy: change(CONTEXT, strategy)) == unchanged > 0


def test_a_query_that_no_server_would_read_is_not_sent() -> None:
    def case(query: dict[str, Any]) -> Any:
        return SimpleNamespace(query=query)

    half = "x" * (MAX_QUERY_LENGTH // 2)
    assert fits_request_line(case({"id": [half, "a"]}))
    assert not fits_request_line(case({"id": [half, half]}))
    assert not fits_request_line(case({"name": "%" * (MAX_QUERY_LENGTH // 3 + 1)}))
