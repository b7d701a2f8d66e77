"""States and edges."""

from collections.abc import Callable
from typing import Any

import pytest

from bodydouble.contracts.model.documents import SpecificationError
from bodydouble.contracts.model.lifecycle import Lifecycle
from tests.support import specification


def thing(change: Callable[[dict[str, Any]], object] = lambda content: None) -> Lifecycle:
    content = specification.content()["x-lifecycles"]["thing"]
    change(content)
    return Lifecycle.from_specification("thing", content)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (
            lambda content: content["edges"].append({"from": "success", "to": "archived", "by": "x"}),
            "no state is called 'archi",
        ),
        (
            lambda content: content["edges"].append({"from": "nowhere", "to": "failed", "by": "x"}),
            "no state is called 'nowhere'",
        ),
        (lambda content: content.update(initial="begin"), "no state is called 'begin'"),
        (
            lambda content: content.update(
                shown=[{"by": "x", "at": "/a", "id": "b", "listed": "there", "absent": "failed"}]
            ),
            "no state is called 'there'",
        ),
        (lambda content: content["states"]["lost"].pop("unreachable"), "'lost' is never entered"),
        (lambda content: content["edges"].append({"from": "working", "to": "lost", "by": "x"}), "marked unreachable"),
        (
            lambda content: content["edges"].append({"from": "success", "to": "failed", "after": 1}),
            "terminal, but time leaves",
        ),
        (
            lambda content: content["edges"].append({"from": "working", "to": "failed", "after": 1}),
            "two timed edges leave 'wor",
        ),
    ],
)
def test_a_lifecycle_that_contradicts_itself_is_rejected(change: Callable[[Any], object], words: str) -> None:
    with pytest.raises(SpecificationError, match=words):
        thing(change)


def test_a_plans_outcome_chooses_its_edge_and_all_others_take_the_general_one() -> None:
    lifecycle = thing()
    assert lifecycle.outcomes == {"success", "failed"}
    general, chosen = lifecycle.timed_edge("working", "success"), lifecycle.timed_edge("working", "failed")
    assert general is not None
    assert chosen is not None
    assert (general.target, general.after) == ("success", 60)
    assert (chosen.target, chosen.after) == ("failed", 30)
    assert lifecycle.timed_edge("waiting", "failed") == lifecycle.timed_edge("waiting", "success")
    assert lifecycle.timed_edge("success", "success") is None


def test_an_operation_takes_its_edge_only_from_the_states_that_have_it() -> None:
    lifecycle = thing()
    edge = lifecycle.edge_by("waiting", "deleteThing")
    assert edge is not None
    assert edge.target == "failed"
    assert lifecycle.edge_by("working", "deleteThing") is None
    assert lifecycle.edge_by("waiting", "getThing") is None


@pytest.mark.parametrize(
    ("before", "after", "allowed"),
    [
        ("waiting", "waiting", True),
        ("waiting", "working", True),
        ("waiting", "success", True),
        ("working", "failed", True),
        ("working", "waiting", False),
        ("success", "failed", False),
        ("success", "working", False),
        ("waiting", "nowhere", False),
    ],
)
def test_a_state_is_followed_only_by_reachable_states(before: str, after: str, allowed: bool) -> None:
    assert (after in thing().reachable({before})) is allowed


def test_a_task_fails_by_default_with_the_first_outcome_of_failure() -> None:
    assert thing().failure == "failed"
    assert thing(lambda content: content["edges"].pop(2)).failure is None


def test_time_alone_leads_to_fewer_states_than_operations_do() -> None:
    lifecycle = thing(lambda content: content["edges"].append({"from": "success", "to": "waiting", "by": "restart"}))
    assert lifecycle.reachable({"success"}) == {"success", "waiting", "working", "failed"}
    assert lifecycle.reachable({"success"}, alone=True) == {"success"}
    assert lifecycle.reachable({"working"}, alone=True) == {"working", "success", "failed"}


def test_a_code_of_the_wire_leads_back_to_its_state() -> None:
    lifecycle = thing()
    state = lifecycle.states["working"]
    assert lifecycle.state_of_code(state.code) == state
    with pytest.raises(ValueError, match="no state has the code 'unheard of'"):
        lifecycle.state_of_code("unheard of")
