"""Tasks, from their creation to their end."""

from tests.support.acme_cloud import BEGUN, ENDED, AcmeCloud


def test_a_task_waits_runs_and_succeeds(client: AcmeCloud) -> None:
    task = client.create(name="Greeting")
    assert client.task(task) == {"id": task, "name": "Greeting", "status": 0, "resultUrl": None}
    client.account.advance(BEGUN)
    assert client.task(task)["status"] == 1
    client.account.advance(ENDED)
    record = client.task(task)
    assert record == {"id": task, "name": "Greeting", "status": 2, "resultUrl": record["resultUrl"]}
    video = client.account.http.get(record["resultUrl"])
    assert (video.status, video.headers["content-type"]) == (200, "video/mp4")


def test_a_task_can_be_made_to_fail(client: AcmeCloud) -> None:
    client.account.scenario("acme-cloud", "createTask", outcome="failed")
    task = client.create()
    client.account.advance(ENDED)
    assert client.task(task)["status"] == 3
    assert client.task(task)["resultUrl"] is None


def test_tasks_are_listed_newest_first(client: AcmeCloud) -> None:
    first, second, third = client.create(), client.create(), client.create()
    assert [record["id"] for record in client.data("GET", "/tasks")["tasks"]] == [third, second, first]
    page = client.data("GET", "/tasks", query={"page": "2", "size": "2"})
    assert page == {"total": 3, "tasks": [client.task(first)]}


def test_a_task_is_cancelled_unless_it_has_ended(client: AcmeCloud) -> None:
    waiting, ended = client.create(), client.create()
    assert client.data("POST", f"/tasks/{waiting}/cancel")["status"] == 4
    client.account.advance(ENDED)
    for task in (waiting, ended):
        assert client.rejected("POST", f"/tasks/{task}/cancel")[:2] == (200, 2003)
    assert client.task(waiting)["status"] == 4
    assert client.task(ended)["status"] == 2
