"""Acme Cloud's tasks, from their creation to their end."""

import pytest
from tests.support.acme_cloud import TASKS, AcmeCloud

from bodydouble.testing import Account, Receiver


@pytest.fixture
def acme_cloud(account: Account) -> AcmeCloud:
    return AcmeCloud(account)


def test_a_task_waits_runs_and_succeeds(acme_cloud: AcmeCloud) -> None:
    task_id = acme_cloud.create()
    assert acme_cloud.task(task_id) == {"id": task_id, "name": "Welcome", "status": 0, "resultUrl": None}
    acme_cloud.account.advance(1)
    assert acme_cloud.task(task_id)["status"] == 1
    acme_cloud.account.advance(10)
    finished = acme_cloud.task(task_id)
    assert finished["status"] == 2
    assert acme_cloud.account.http.get(finished["resultUrl"]).status == 200


def test_tasks_are_listed_newest_first(acme_cloud: AcmeCloud) -> None:
    first, second = acme_cloud.create(), acme_cloud.create()
    page = acme_cloud.data("GET", TASKS, query={"size": "1"})
    assert (page["total"], [task["id"] for task in page["tasks"]]) == (2, [second])
    assert [task["id"] for task in acme_cloud.data("GET", TASKS)["tasks"]] == [second, first]


def test_a_task_can_be_cancelled_once(acme_cloud: AcmeCloud) -> None:
    task_id = acme_cloud.create()
    assert acme_cloud.data("POST", f"{TASKS}/{task_id}/cancel")["status"] == 4
    assert acme_cloud.send("POST", f"{TASKS}/{task_id}/cancel").json["code"] == 2003


def test_an_unknown_task_and_a_wrong_key_are_rejected(acme_cloud: AcmeCloud) -> None:
    assert acme_cloud.send("GET", f"{TASKS}/1").json["code"] == 2002
    assert acme_cloud.send("GET", TASKS, headers={"X-Api-Key": "wrong"}).json["code"] == 2001


def test_the_end_of_a_task_is_reported(acme_cloud: AcmeCloud, receiver: Receiver) -> None:
    task_id = acme_cloud.create(callbackUrl=receiver.url)
    acme_cloud.account.advance(10)
    (callback,) = receiver.received
    assert (callback.json["id"], callback.json["status"]) == (task_id, 2)
