"""Tasks that the control plane adds."""

from typing import Any

import pytest

from bodydouble.mock_server.testing.account import Account

FIELDS = {"algoType": 14}


def add(account: Account, **fields: Any) -> Any:
    return account.control("POST", "/tasks", {"vendor": "softsugar", "kind": "task", "fields": FIELDS, **fields})


def test_added_tasks_start_now_and_follow_their_plan(account: Account) -> None:
    response = add(account, name="Film", outcome="failed", reason="No sound", count=2)
    assert response.status == 201
    first, second = response.json["tasks"]
    assert first["key"] != second["key"]
    assert (first["name"], first["outcome"], first["reason"]) == ("Film", "failed", "No sound")
    assert first["created_at"] == account.now()
    assert [step["state"] for step in first["steps"]] == ["notStarted", "waiting", "processing", "error"]
    assert account.task(second["key"]) == second


@pytest.mark.parametrize(
    ("changed", "message"),
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
def test_a_task_that_cannot_be_added_is_rejected_and_nothing_is_created(
    account: Account, changed: dict[str, Any], message: str
) -> None:
    before = len(account.tasks())
    response = add(account, **changed)
    assert (response.status, response.json["error"]) == (400, "taskUnaddable")
    assert message in response.json["message"]
    assert len(account.tasks()) == before


@pytest.mark.parametrize(
    ("changed", "message"),
    [({"count": 0}, "/count"), ({"count": 5001}, "/count"), ({"name": 7}, "/name"), ({"fields": []}, "/fields")],
)
def test_a_malformed_request_is_rejected(account: Account, changed: dict[str, Any], message: str) -> None:
    response = add(account, **changed)
    assert (response.status, response.json["error"]) == (400, "invalidRequest")
    assert message in response.json["message"]


def test_tasks_are_added_to_known_accounts_only(account: Account) -> None:
    body = {"vendor": "softsugar", "kind": "task", "fields": FIELDS}
    assert account.http.post("/_mock/accounts/nobody/tasks", body).json["error"] == "accountNotFound"


def test_the_tasks_of_a_new_account_are_in_the_past_and_send_no_callbacks(account: Account) -> None:
    assert account.deliveries() == []
    assert len({task["key"] for task in account.tasks(vendor="softsugar")}) > 20
    assert all(task["created_at"] < account.now() for task in account.tasks(vendor="softsugar"))


def test_a_reset_account_starts_with_the_same_tasks(account: Account) -> None:
    keys = [task["key"] for task in account.tasks(vendor="softsugar")]
    add(account)
    assert account.control("POST", "/reset").status == 200
    assert [task["key"] for task in account.tasks(vendor="softsugar")] == keys
