"""The control plane's list of tasks: filters, and pages by number."""

from typing import Any

import pytest

from bodydouble.mock_server.control.operations import tasks
from bodydouble.testing import Account

FIELDS = {"algoType": 14, "videoDuration": 8000}


def add(account: Account, name: str, **chosen: Any) -> None:
    account.add_tasks("softsugar", "task", FIELDS, name=name, **chosen)


def names(account: Account, **query: Any) -> list[str]:
    return [task["name"] for task in account.tasks(**query)]


def page(account: Account, **query: Any) -> Any:
    return account.control("GET", "/tasks", query=query).json


def test_tasks_are_selected_by_a_part_of_their_name(account: Account) -> None:
    for name in ("Opening scene 7", "Closing scene 7", "开场白"):
        add(account, name)
    assert names(account, name="SCENE 7") == ["Closing scene 7", "Opening scene 7"]
    assert names(account, name="开场") == ["开场白"]


def test_tasks_are_selected_by_state_and_outcome(account: Account) -> None:
    add(account, "good")
    add(account, "bad", outcome="failed")
    assert "bad" in names(account, outcome="failed")
    assert "good" not in names(account, outcome="failed")
    first = account.tasks()[0]["state"]
    assert names(account, state=first)[:2] == ["bad", "good"]
    account.advance(86_400)
    assert names(account, state="completed")[0] == "good"
    assert names(account, state="error")[0] == "bad"
    assert "good" not in names(account, state=first)


def test_a_list_goes_on_where_its_page_ended(account: Account) -> None:
    add(account, "many", count=250)
    seen: list[int] = []
    following: dict[str, int] = {}
    while True:
        part = page(account, name="many", limit=99, **following)
        seen += [task["number"] for task in part["tasks"]]
        if part["next"] is None:
            break
        following = {"until": part["next"]}
    assert len(seen) == len(set(seen)) == 250
    assert seen == sorted(seen, reverse=True)


def test_a_list_that_selects_little_looks_at_a_bounded_number_of_tasks(
    account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tasks, "_MAX_LOOKED_AT", 20)
    add(account, "first")
    add(account, "other", count=20)
    part = page(account, name="first")
    assert part["tasks"] == []
    rest = page(account, name="first", until=part["next"])
    assert [task["name"] for task in rest["tasks"]] == ["first"]
