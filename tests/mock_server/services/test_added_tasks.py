"""Tasks that the control plane adds."""

from typing import Any

import pytest

from bodydouble.mock_server.testing.account import Account

FIELDS = {"algoType": 14}


def add(account: Account, **wanted: Any) -> Any:
    return account.control("POST", "/tasks", {"vendor": "softsugar", "kind": "task", "fields": FIELDS, **wanted})


def test_added_tasks_begin_now_and_run_by_their_plan(account: Account) -> None:
    answer = add(account, name="Film", outcome="failed", reason="No sound", count=2)
    assert answer.status == 201
    first, second = answer.json["tasks"]
    assert first["key"] != second["key"]
    assert (first["name"], first["outcome"], first["reason"]) == ("Film", "failed", "No sound")
    assert first["created_at"] == account.now()
    assert [step["state"] for step in first["steps"]] == ["notStarted", "waiting", "processing", "error"]
    assert account.task(second["key"]) == second


@pytest.mark.parametrize(
    ("wanted", "named"),
    [
        ({"vendor": "nobody"}, "/vendor: there is no vendor nobody"),
        ({"vendor": "guiji"}, "/vendor: every task of guiji"),
        ({"kind": "film"}, "/kind: softsugar has task, preheatedFile"),
        ({"kind": "preheatedFile"}, "only task can be added"),
        ({"outcome": "stuck"}, "/outcome: task has failed, success"),
        ({"fields": {}}, '/fields: "algoType" is a required property'),
        ({"fields": {"algoType": "14"}}, "/fields/algoType"),
        ({"fields": {"algoType": 14, "colour": "red"}}, "colour"),
        ({"fields": {"algoType": 14, "videoDuration": 0}}, "/fields/videoDuration"),
        ({"fields": {"algoType": 41, "voice": {"gender": 3}}}, "/fields/voice/gender"),
        ({"fields": {"algoType": 43, "files": [{"fileUrl": "https://media.example.com/a.png"}]}}, "fileId"),
        ({"fields": {"algoType": 43, "files": []}}, "/fields/files"),
    ],
)
def test_a_task_that_cannot_be_added_is_refused_and_nothing_made(
    account: Account, wanted: dict[str, Any], named: str
) -> None:
    before = len(account.tasks())
    answer = add(account, **wanted)
    assert (answer.status, answer.json["error"]) == (400, "taskUnaddable")
    assert named in answer.json["message"]
    assert len(account.tasks()) == before


@pytest.mark.parametrize(
    ("wanted", "named"),
    [({"count": 0}, "/count"), ({"count": 5001}, "/count"), ({"name": 7}, "/name"), ({"fields": []}, "/fields")],
)
def test_a_malformed_request_is_refused(account: Account, wanted: dict[str, Any], named: str) -> None:
    answer = add(account, **wanted)
    assert (answer.status, answer.json["error"]) == (400, "invalidRequest")
    assert named in answer.json["message"]


def test_tasks_are_added_to_known_accounts_only(account: Account) -> None:
    body = {"vendor": "softsugar", "kind": "task", "fields": FIELDS}
    assert account.http.post("/_mock/accounts/nobody/tasks", body).json["error"] == "accountNotFound"


def test_a_new_accounts_tasks_are_history_that_is_announced_to_nobody(account: Account) -> None:
    assert account.deliveries() == []
    assert len({task["key"] for task in account.tasks(vendor="softsugar")}) > 20
    assert all(task["created_at"] < account.now() for task in account.tasks(vendor="softsugar"))


def test_a_reset_account_starts_with_the_same_tasks(account: Account) -> None:
    keys = [task["key"] for task in account.tasks(vendor="softsugar")]
    add(account)
    assert account.control("POST", "/reset").status == 200
    assert [task["key"] for task in account.tasks(vendor="softsugar")] == keys
