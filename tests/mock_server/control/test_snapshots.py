"""Snapshots: what is in them, what a restore brings back, and what goes on afterwards as it would have."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from bodydouble.contracts.model.documents import specifications
from bodydouble.mock_server.store import tables
from bodydouble.mock_server.testing.account import Account
from bodydouble.mock_server.testing.receiver import Receiver, respond
from tests.support.aliyun_avatar import AliyunAvatar
from tests.support.guiji import ACKNOWLEDGEMENT, VOICES, Guiji
from tests.support.huawei_metastudio import MetaStudio, scene
from tests.support.in_process import InProcessServer
from tests.support.softsugar import VIDEO, SoftSugar
from tests.support.times import SAMPLE_TIME

Json = dict[str, Any]
HOUR = 3600
SCHEMA = json.loads(specifications().joinpath("snapshot.schema.json").read_bytes())


def taken(account: Account, **query: Any) -> Json:
    """A snapshot, without the time at which it was taken."""
    response = account.control("GET", "/snapshot", query=query)
    assert response.status == 200, response.body
    document: Json = response.json
    assert jsonschema_rs.Draft202012Validator(SCHEMA).is_valid(document)
    return {**document, "taken_at": 0}


def restore(account: Account, document: Json) -> None:
    response = account.control("PUT", "/snapshot", document)
    assert response.status == 200, response.body


def refused(account: Account, document: Json) -> str:
    """Why a snapshot is refused; nothing changes."""
    before = taken(account, secrets="true", files="true")
    response = account.control("PUT", "/snapshot", document)
    assert (response.status, response.json["error"]) == (400, "snapshotUnusable"), response.body
    assert taken(account, secrets="true", files="true") == before
    return str(response.json["message"]).partition(": ")[2]


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    receiver = Receiver(respond(200, ACKNOWLEDGEMENT))
    yield receiver
    receiver.close()


@pytest.fixture
def busy(server: InProcessServer, receiver: Receiver) -> Iterator[Account]:
    """An account with work of all vendors: ended, under way, failed, deleted; a callback that has failed once."""
    account = Account(server, frozen_at=SAMPLE_TIME)
    guiji, huawei, aliyun = Guiji(account), MetaStudio(account), AliyunAvatar(account)
    guiji.clone(sex=1)
    guiji.clone(sex=2)
    for orientation in ("VERTICAL", "LANDSCAPE"):
        body = {"script_name": f"Script {orientation}", "view_mode": orientation, "shoot_scripts": [scene()]}
        huawei.data("POST", "/digital-human-video-scripts", body)
    aliyun.submit()
    account.add_tasks("softsugar", "task", {"algoType": VIDEO}, count=3)
    SoftSugar(account).preheat("file-1", "file-2")
    huawei.upload()
    huawei.create()
    account.advance(HOUR)
    SoftSugar(account).delete(SoftSugar(account).created_tasks()[0])
    account.scenario("guiji", "createVideo", outcome="failed", times=3)
    account.fault("rateLimit", "guiji", "getVideo", per_second=1, burst=5)
    guiji.synthesise()
    huawei.create()
    aliyun.submit()
    account.advance(1)
    receiver.behaviour = respond(500)
    huawei.create(callback_config={"callback_url": receiver.url})
    while not any(delivery["attempts"] for delivery in account.deliveries()):
        account.advance(1)
    receiver.behaviour = respond(200, ACKNOWLEDGEMENT)
    guiji.speak("Later.", callbackUrl=receiver.url)
    yield account
    account.delete()


@pytest.fixture
def other(server: InProcessServer) -> Iterator[Account]:
    account = Account(server, frozen_at=SAMPLE_TIME - 1000)
    yield account
    account.delete()


def listed_assets(account: Account, **query: Any) -> list[str]:
    """The ids of assets that a list shows."""
    return [asset["asset_id"] for asset in MetaStudio(account).data("GET", "/digital-assets", query=query)["assets"]]


def shown(account: Account) -> list[Any]:
    """What lists, filters, searches and quotas show, of each vendor."""
    huawei, aliyun, guiji, softsugar = MetaStudio(account), AliyunAvatar(account), Guiji(account), SoftSugar(account)
    return [
        guiji.page("/openapi/video/v2/pageList"),
        guiji.page("/openapi/video/v2/pageList", size=1, page=2),
        guiji.benefits(),
        *(guiji.page(VOICES, sex=sex) for sex in (1, 2)),
        *(aliyun.tasks(**query) for query in ({}, {"Status": 3})),
        huawei.data("GET", "/digital-human-video-scripts", query={"view_mode": "VERTICAL"}),
        huawei.data("GET", "/digital-human-video-scripts", query={"name": "pt VER"}),
        listed_assets(account, name="a"),
        listed_assets(account, asset_state="ACTIVED"),
        huawei.jobs(state="SUCCEED"),
        softsugar.list_tasks(VIDEO),
        softsugar.preheated("file-1", "file-2"),
        [{**task, "id": 0} for task in account.tasks()],
    ]


def events(account: Account, receiver: Receiver, seconds: float) -> list[Any]:
    """What happens in some seconds, and what the receiver gets of it."""
    first = len(receiver.received)
    happened = [
        (event["type"], event["at"], event.get("state"), event.get("outcome")) for event in account.advance(seconds)
    ]
    return [happened, [request.body for request in receiver.received[first:]]]


def test_a_restored_account_is_as_it_was(busy: Account) -> None:
    snapshot, lists = taken(busy), shown(busy)
    assert any(delivery["attempts"] for delivery in snapshot["deliveries"])
    assert any(task["deleted_at"] for task in snapshot["tasks"])
    urls = [video["videoUrl"] for video in Guiji(busy).page("/openapi/video/v2/pageList")["records"]]
    busy.advance(HOUR)
    Guiji(busy).synthesise()
    busy.clear_scenarios()
    assert taken(busy) != snapshot
    restore(busy, snapshot)
    restored = taken(busy)
    assert {**restored, "last_number": 0} == {**snapshot, "last_number": 0}
    assert shown(busy) == lists
    # Tasks keep their rows, and so do the URLs of their files.
    assert [video["videoUrl"] for video in Guiji(busy).page("/openapi/video/v2/pageList")["records"]] == urls


def test_what_follows_is_what_would_have_followed(busy: Account, receiver: Receiver) -> None:
    snapshot = taken(busy)
    followed = []
    for _ in range(2):
        restore(busy, snapshot)
        first = events(busy, receiver, 2 * HOUR)
        created = [Guiji(busy).synthesise() for _ in range(3)]
        lists = without_addresses(shown(busy))
        followed.append([first, created, events(busy, receiver, HOUR), lists, busy.scenarios()[0]["struck"]])
    assert followed[0] == followed[1]
    assert followed[0][0][1], "no callback came"


def test_another_account_continues_it(busy: Account, other: Account, receiver: Receiver) -> None:
    snapshot, lists = taken(busy, files="true"), shown(busy)
    credentials = other.describe()["vendors"]
    restore(other, snapshot)
    again = taken(other, files="true")
    assert again["account"] == {"id": other.id, "seed": other.description["seed"]}
    assert again["origin"] == snapshot["account"]
    same = ("clock", "quotas", "scenarios", "resources", "last_number", "uploads")
    assert {name: again[name] for name in same} == {name: snapshot[name] for name in same}
    # Only what names an account is another one.
    texts = [json.dumps(document["tasks"]) for document in (snapshot, again)]
    for before, after in named(busy, other):
        texts = [text.replace(before, after) for text in texts]
    assert texts[0] == texts[1]
    assert {name: vendor["credentials"] for name, vendor in other.describe()["vendors"].items()} == {
        name: vendor["credentials"] for name, vendor in credentials.items()
    }
    assert without_addresses(shown(other)) == without_addresses(lists)
    # Both go on side by side.
    of_other, of_busy = events(other, receiver, HOUR), events(busy, receiver, HOUR)
    assert of_other[0] == of_busy[0]
    assert len(of_other[1]) == len(of_busy[1]) > 0
    assert {delivery["id"] for delivery in other.deliveries()}.isdisjoint(
        delivery["id"] for delivery in busy.deliveries()
    )


def without_addresses(value: Any) -> str:
    """A text without the parts of URLs that name an account and its rows."""
    return re.sub(r"/_files/[\w-]+/\d+/", "/_files/", json.dumps(value))


def named(before: Account, after: Account) -> list[tuple[str, str]]:
    names = [(str(SoftSugar(before).owner), str(SoftSugar(after).owner))]
    for part in ("app_id_2d", "app_id_3d"):
        names.append((before.credentials("aliyun-avatar")[part], after.credentials("aliyun-avatar")[part]))
    return names


def test_a_callback_that_has_failed_once_is_retried_with_the_same_bytes(busy: Account, receiver: Receiver) -> None:
    (retried,) = (delivery for delivery in taken(busy)["deliveries"] if delivery["attempts"])
    first = receiver.received[-1].body
    restore(busy, taken(busy))
    delivery = next(delivery for delivery in busy.deliveries() if delivery["id"] == retried["id"])
    assert [attempt["status"] for attempt in delivery["attempts"]] == [500]
    busy.advance(60)
    assert first in [received.body for received in receiver.received[1:]]
    delivery = next(delivery for delivery in busy.deliveries() if delivery["id"] == retried["id"])
    assert [attempt["number"] for attempt in delivery["attempts"]] == [1, 2]
    assert delivery["state"] == "delivered"


def test_derived_tables_are_as_creates_have_made_them(busy: Account, server: InProcessServer) -> None:
    def rows() -> dict[str, set[tuple[Any, ...]]]:
        with server.services.state.main.write() as connection:
            return {
                table.name: set(map(tuple, connection.execute(table.select().where(table.c.account_id == busy.id))))
                for table in (tables.task_blocks, tables.task_phases, tables.search_parts, tables.reservations)
            }

    before = rows()
    restore(busy, taken(busy))
    after = rows()
    assert after["task_phases"] == before["task_phases"]
    counts = {row[:8] for row in before["task_blocks"]}
    assert {row[:8] for row in after["task_blocks"]} == counts
    of_tasks = {row for row in before["search_parts"] if row[2] != "videoScript"}
    assert of_tasks <= after["search_parts"]
    assert len(after["search_parts"]) - len(of_tasks) < 200
    # What has been charged is not reserved again.
    assert after["reservations"] <= before["reservations"]


def test_uploads_come_back_by_their_hash_or_with_their_bytes(busy: Account, other: Account) -> None:
    studio = MetaStudio(busy)
    (upload,) = taken(busy)["uploads"]
    assert upload["sha256"]
    assert "content" not in upload
    snapshot, whole = taken(busy), taken(busy, files="true")
    (file_id,) = (task["key"] for task in snapshot["tasks"] if task["kind"] == "file")
    restore(busy, snapshot)
    assert taken(busy, files="true")["uploads"] == whole["uploads"]
    restore(other, snapshot)
    assert taken(other)["uploads"] == [{**upload, "sha256": None}]
    restore(other, taken(other))
    restore(other, whole)
    assert taken(other, files="true")["uploads"] == whole["uploads"]
    assert file_id in json.dumps(whole["tasks"])
    assert studio.assets() != []


def test_secrets_are_in_it_only_if_they_are_asked_for(busy: Account, other: Account) -> None:
    secret = "a-secret-that-nobody-sees"
    busy.control("PATCH", "", {"settings": {"softsugar": {"auth_key": secret}}})
    token = Guiji(busy).token
    plain, secrets = taken(busy), taken(busy, secrets="true")
    for hidden in (secret, token, busy.credentials("guiji")["secret"]):
        assert hidden not in json.dumps(plain)
        assert hidden in json.dumps(secrets)
    restore(busy, plain)
    assert taken(busy, secrets="true")["settings"] == secrets["settings"]
    assert token in json.dumps(taken(busy, secrets="true")["secrets"])
    # No token is issued again although its number is.
    assert Guiji(busy).token != token
    assert refused(other, secrets).startswith("/secrets/tokens/0/token: another account")
    restore(busy, secrets)
    assert taken(busy, secrets="true") == secrets
    busy.delete()
    restore(other, secrets)
    assert taken(other, secrets="true")["secrets"]["tokens"] == secrets["secrets"]["tokens"]
    assert Guiji(other).account.describe()["settings"]["softsugar"]["auth_key"] == secret


def test_a_running_clock_goes_on_from_the_time_of_the_snapshot(server: InProcessServer) -> None:
    account = Account(server)
    account.advance(HOUR)
    snapshot = taken(account)
    account.advance(HOUR)
    restore(account, snapshot)
    assert snapshot["clock"]["mode"] == "running"
    assert 0 <= account.now() - snapshot["clock"]["now"] < 60_000
    account.delete()


def changed(document: Json, place: str, value: Any) -> Json:
    """A copy in which one value is another one."""
    copied: Json = json.loads(json.dumps(document))
    *path, last = place.strip("/").split("/")
    node: Any = copied
    for part in path:
        node = node[int(part)] if isinstance(node, list) else node[part]
    node[int(last) if isinstance(node, list) else last] = value
    return copied


@pytest.mark.parametrize(
    ("place", "value", "reason"),
    [
        ("/format", "other", "/format: this is no snapshot"),
        ("/version", 2, "/version: 2; this server reads version 1"),
        ("/version", True, "/version: True; this server"),
        ("/clock/now", "today", "/clock/now: "),
        ("/unknown", 1, ": "),
        ("/last_number", 1, "/last_number: below the number of a task"),
        ("/pace", 0, "/pace: "),
        ("/last_number", 900000000.0, "/last_number: must be written as an integer"),
        ("/tasks/0/plan/steps/0/0", 7.0, "/tasks/0/plan/steps/0/0: must be written as an integer"),
        ("/tasks/0/vendor", "nobody", "/tasks/0/vendor: there is no vendor nobody"),
        ("/tasks/0/kind", "dream", "/tasks/0/kind: softsugar has no kind dream"),
        ("/tasks/0/plan/outcome", "luck", "/tasks/0/plan/outcome: task has no outcome luck"),
        ("/tasks/0/plan/steps/0/1", "asleep", "/tasks/0/plan/steps/0/1: task has no state asleep"),
        ("/tasks/0/plan/steps/1/1", "completed", "/tasks/0/plan/steps/1/1: task has no edge"),
        ("/tasks/0/plan/steps/1/0", 0, "/tasks/0/plan/steps/1/0: before the step"),
        ("/tasks/0/plan/steps", [], "/tasks/0/plan/steps: "),
        ("/tasks/0/runtime/reserved", {"dreams": 1}, "/tasks/0/runtime/reserved/dreams: softsugar has no such quota"),
        ("/tasks/0/runtime/followers", [[7, {}]], "/tasks/0/runtime/followers/0/0: softsugar has no task of number 7"),
        ("/quotas/guiji/dreams", {"total": 1, "taken": 0}, "/quotas/guiji/dreams: guiji has no such quota"),
        ("/quotas/nobody", {}, "/quotas/nobody: there is no such vendor"),
        ("/settings/nobody", {}, "/settings/nobody: there is no such vendor"),
        ("/settings/softsugar/callback_url", "http://192.0.2.1/", "/settings/softsugar/callback_url: "),
        ("/scenarios/0/id", 2, "/scenarios/0/id: must be 1"),
        ("/scenarios/0/operation", "dream", "/scenarios/0/operation: guiji has no operation dream"),
        ("/scenarios/0/pattern", "(", "/scenarios/0/pattern: "),
        ("/scenarios/0/probability", 1.5, "/scenarios/0/probability: "),
        ("/scenarios/1/fault/burst", 0, "/scenarios/1/fault/burst: minimum"),
        ("/scenarios/1/fault/kind", "dream", "/scenarios/1/fault/kind: enum"),
        ("/resources/0/vendor", "nobody", "/resources/0/vendor: there is no vendor"),
        ("/uploads/0/stored_at", None, "/uploads/0/stored_at: "),
        ("/uploads/0/content", "bm8=", "/uploads/0/content: its size or its SHA-256 is another one"),
        ("/uploads/0/content", "!", "/uploads/0/content: must be base64"),
        ("/deliveries/0/callback", "dream", "/deliveries/0/callback: "),
        ("/deliveries/0/task", 7, "/deliveries/0/task: "),
        ("/deliveries/0/task_state", "asleep", "/deliveries/0/task_state: there is no such state"),
        ("/deliveries/0/id", "No Id", "/deliveries/0/id: "),
    ],
)
def test_what_is_wrong_is_named_and_nothing_changes(busy: Account, place: str, value: Any, reason: str) -> None:
    assert refused(busy, changed(taken(busy), place, value)).startswith(reason)


@pytest.mark.parametrize(
    ("part", "field"), [("tasks", "key"), ("resources", "key"), ("uploads", "key"), ("deliveries", "id")]
)
def test_nothing_is_there_twice(busy: Account, part: str, field: str) -> None:
    document = taken(busy)
    document[part].append(json.loads(json.dumps(document[part][0])))
    last = len(document[part]) - 1
    assert refused(busy, document) == f"/{part}/{last}/{field}: the same as of /{part}/0"


def test_two_tasks_of_one_number_are_refused(busy: Account) -> None:
    document = taken(busy)
    document["tasks"][1]["number"] = document["tasks"][0]["number"]
    assert refused(busy, document) == "/tasks/1/number: the same as of /tasks/0"


def test_a_snapshot_of_500_mb_is_refused_at_once(server: InProcessServer, account: Account) -> None:
    response = account.http.request(
        "PUT",
        f"{account.path}/snapshot",
        body=b"{}",
        headers={"Content-Type": "application/json", "Content-Length": str(500 * 1024 * 1024)},
    )
    assert (response.status, response.json["error"]) == (413, "bodyTooLarge")


def test_an_account_that_does_not_exist_has_no_snapshot(account: Account) -> None:
    document = taken(account)
    for method, body in (("GET", ...), ("PUT", document)):
        response = account.http.request(method, "/_mock/accounts/nobody/snapshot", json_body=body)
        assert (response.status, response.json["error"]) == (404, "accountNotFound")


def test_an_account_that_is_too_large_has_none(tmp_path: Path) -> None:
    server = InProcessServer(tmp_path, max_snapshot_bytes=10_000)
    account = Account(server, frozen_at=SAMPLE_TIME)
    response = account.control("GET", "/snapshot")
    assert (response.status, response.json["error"]) == (409, "snapshotTooLarge")
    assert "and a snapshot has at most 10000" in response.json["message"]
    server.close()


def test_the_journal_has_the_size_of_a_snapshot_only(account: Account) -> None:
    restore(account, taken(account))
    journal = account.http.get("/_mock/accounts/anonymous/journal", query={"vendor": "control", "limit": 20}).json
    entries = {entry["operation"]: entry for entry in journal["entries"]}
    assert re.fullmatch('"[0-9]+ bytes"', entries["readSnapshot"]["response_body"])
    assert re.fullmatch('"[0-9]+ bytes"', entries["restoreSnapshot"]["request_body"])
