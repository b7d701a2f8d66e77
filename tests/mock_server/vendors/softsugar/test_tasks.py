"""Tasks: states, lists, cancelling, deleting, restarting, phases."""

import json
from datetime import datetime
from hashlib import md5
from typing import Any

import pytest

from bodydouble.mock_server.testing.account import Account
from bodydouble.mock_server.testing.server import Server
from tests.support.softsugar import ROOT, WHOLE_TASK, SoftSugar

VIDEO, AVATAR, UPDATE = 14, 12, 18
PREHEATING, TRANSCODING = 43, 46
WORKING = 2
"""Seconds after which a task is being worked on, at the default pace."""


def test_a_task_goes_through_not_started_waiting_processing_and_completed(softsugar: SoftSugar) -> None:
    task_id = softsugar.swap_face(materialName="Nice swap")
    observations = []
    for seconds in (0, 0.2, 0.8, 4):
        softsugar.account.advance(seconds)
        row = softsugar.task(task_id)
        observations.append(
            (row["status"], row["startTime"] is not None, row["endTime"] is not None, row["productParam"])
        )
    assert [observation[:3] for observation in observations] == [(0, 0, 0), (1, 0, 0), (2, 1, 0), (5, 1, 1)]
    assert [observation[3] for observation in observations[:3]] == [None, None, None]
    assert row["materialName"] == "Nice swap"
    assert (row["algoType"], row["algoSubType1"], row["isDelete"], row["message"]) == (20, None, 0, "{}")


def test_a_failed_task_shows_its_reason_and_an_empty_result(softsugar: SoftSugar) -> None:
    softsugar.account.scenario("softsugar", "createFaceSwap", outcome="failed", reason="No face found")
    task_id = softsugar.swap_face()
    softsugar.account.advance(WHOLE_TASK)
    row = softsugar.task(task_id)
    assert (row["status"], row["productParam"]) == (9, "{}")
    assert json.loads(row["message"]) == {"errorMsg": "No face found"}


def test_task_information_returns_each_requested_task_once_in_the_requested_order(softsugar: SoftSugar) -> None:
    first, second = softsugar.swap_face(), softsugar.swap_face()
    assert [row["id"] for row in softsugar.tasks(second, 999, first, second, 2**63 - 1)] == [second, first]
    assert softsugar.tasks() == []


def test_a_list_shows_tasks_of_one_type_newest_first_ten_per_page(softsugar: SoftSugar) -> None:
    last = softsugar.add_task(33, count=12)
    page = softsugar.list_tasks(33)
    assert [row["id"] for row in page["result"]] == list(range(last, last - 10, -1))
    assert page["pagination"] == {
        "pageNo": 1,
        "numberPages": 2,
        "numberRecords": 12,
        "pageSize": 10,
        "startIndex": 0,
    }
    rest = softsugar.list_tasks(33, pageNo=2)
    assert [row["id"] for row in rest["result"]] == [last - 10, last - 11]
    assert rest["pagination"]["startIndex"] == 10
    assert softsugar.list_tasks(33, pageNo=2**31 - 1, pageSize=1000)["result"] == []
    assert {row["algoType"] for row in softsugar.list_tasks(VIDEO)["result"]} == {VIDEO}
    assert softsugar.list_tasks(25000)["pagination"]["numberPages"] == 0


@pytest.mark.parametrize(
    "field", ["id", "algoType", "algoSubType1", "algoSubType2", "status", "productParam", "startTime", "endTime"]
)
def test_a_list_is_sorted_by_any_documented_field_in_both_directions(softsugar: SoftSugar, field: str) -> None:
    def values(**sorting: str) -> list[Any]:
        rows = softsugar.list_tasks(VIDEO, sortName=field, **sorting)["result"]
        return [row[field] for row in rows if row[field] is not None]

    ascending = values()
    assert len(ascending) > 3
    assert ascending == sorted(ascending)
    assert values(sortValue="asc") == values(sortValue="") == ascending
    assert values(sortValue="desc") == ascending[::-1]


def test_a_number_with_a_zero_fraction_counts_as_an_integer(softsugar: SoftSugar) -> None:
    added = softsugar.add_task(33.0)
    for rows in (softsugar.list_tasks, softsugar.list_details):
        (row,) = rows(33.0, pageSize=2.0)["result"]
        assert (row["id"], row["algoType"]) == (added, 33)


def test_an_unknown_or_empty_sort_field_keeps_the_default_order(softsugar: SoftSugar) -> None:
    newest_first = softsugar.list_tasks(VIDEO)["result"]
    for name in ("", "noSuchField"):
        assert softsugar.list_tasks(VIDEO, sortName=name, sortValue="asc")["result"] == newest_first


def test_details_show_the_original_request_and_the_owner(softsugar: SoftSugar) -> None:
    task_id = softsugar.swap_face()
    (row,) = softsugar.list_details(20, key=str(task_id))["result"]
    assert json.loads(row["taskInfo"])["createFaceSwap"]["materialName"] == "Swap"
    assert row["owner"] == softsugar.owner
    assert row["submitTime"]
    assert row["materialId"] == task_id
    summary = softsugar.list_tasks(20)["result"][0]
    assert summary.items() <= row.items()


@pytest.mark.parametrize("status", [0, 1, 2, 3, 5, 9])
def test_details_can_be_filtered_by_state_and_minus_one_means_all(softsugar: SoftSugar, status: int) -> None:
    every = [row for kind in (VIDEO, AVATAR, UPDATE) for row in softsugar.list_details(kind)["result"]]
    assert every == [
        row for kind in (VIDEO, AVATAR, UPDATE) for row in softsugar.list_details(kind, status=-1)["result"]
    ]
    rows = [row for kind in (VIDEO, AVATAR, UPDATE) for row in softsugar.list_details(kind, status=status)["result"]]
    assert rows
    assert rows == [row for row in every if row["status"] == status]


def test_the_key_filter_matches_the_exact_id_or_name(softsugar: SoftSugar) -> None:
    task_id = softsugar.add_task(VIDEO, name="Summer film")
    softsugar.add_task(VIDEO, name="Summer film 2")

    def names_with_key(key: str) -> list[str]:
        return [row["materialName"] for row in softsugar.list_details(VIDEO, key=key)["result"]]

    assert names_with_key(str(task_id)) == names_with_key("Summer film") == ["Summer film"]
    assert names_with_key("Summer") == names_with_key("summer film") == names_with_key(str(task_id)[:-1]) == []
    assert len(names_with_key("")) > 3


def test_details_of_another_account_are_never_shown(softsugar: SoftSugar, server: Server) -> None:
    other = SoftSugar(Account(server))
    assert softsugar.list_details(VIDEO, userId=softsugar.owner) == softsugar.list_details(VIDEO)
    assert softsugar.list_details(VIDEO, userId=other.owner)["result"] == []


def test_a_waiting_task_shows_its_place_in_the_queue_and_the_queues_length(softsugar: SoftSugar) -> None:
    first = softsugar.add_task(VIDEO)
    softsugar.account.advance(0.1)
    second = softsugar.add_task(AVATAR)
    softsugar.account.advance(0.25)

    def queue_info(kind: int, task_id: int) -> str | None:
        (row,) = softsugar.list_details(kind, key=str(task_id))["result"]
        return row["queueInfo"]

    # The account starts with one waiting task.
    assert queue_info(VIDEO, first) == "2/3"
    assert queue_info(AVATAR, second) == "3/3"
    softsugar.account.advance(0.7)
    assert queue_info(VIDEO, first) is None
    assert queue_info(AVATAR, second) == "2/2"


@pytest.mark.parametrize("seconds", [0, 0.5, WORKING])
def test_a_task_in_progress_can_be_cancelled_and_stays_listed(softsugar: SoftSugar, seconds: float) -> None:
    task_id = softsugar.swap_face()
    softsugar.account.advance(seconds)
    response = softsugar.cancel(task_id).json
    assert response == {"code": 0, "message": "success", "data": None}
    softsugar.account.advance(WHOLE_TASK)
    row = softsugar.task(task_id)
    assert (row["status"], row["productParam"]) == (3, "{}")
    assert row["endTime"] is not None
    assert task_id in [row["id"] for row in softsugar.list_tasks(20)["result"]]


def test_the_files_of_a_cancelled_task_are_never_created(softsugar: SoftSugar) -> None:
    task_id = softsugar.add_task(VIDEO)
    softsugar.account.advance(WHOLE_TASK)
    url = softsugar.product(task_id)["videoPath"]
    assert softsugar.account.http.get(url).status == 200
    cancelled = softsugar.add_task(VIDEO)
    softsugar.cancel(cancelled)
    softsugar.account.advance(WHOLE_TASK)
    rows = {task["key"]: task["id"] for task in softsugar.account.tasks(vendor="softsugar")}
    guess = url.replace(f"/{rows[str(task_id)]}/", f"/{rows[str(cancelled)]}/")
    assert softsugar.account.http.get(guess).status == 404


@pytest.mark.parametrize("outcome", ["success", "failed"])
def test_an_ended_task_cannot_be_cancelled(softsugar: SoftSugar, outcome: str) -> None:
    task_id = softsugar.add_task(VIDEO, outcome=outcome)
    softsugar.account.advance(WHOLE_TASK)
    before = softsugar.task(task_id)
    softsugar.rejection(40901, "GET", f"{ROOT}/task/cancel", query={"id": task_id})
    assert softsugar.task(task_id) == before


@pytest.mark.parametrize("kind", [PREHEATING, TRANSCODING])
def test_preheating_and_transcoding_can_neither_be_cancelled_nor_restarted(softsugar: SoftSugar, kind: int) -> None:
    file = {"fileId": "one", "fileUrl": "https://media.example.com/a.mp4"}
    running = softsugar.add_task(kind, files=[file])
    failing = softsugar.add_task(kind, files=[file], outcome="failed")
    softsugar.account.advance(WORKING)
    assert str(kind) in softsugar.rejection(40901, "GET", f"{ROOT}/task/cancel", query={"id": running})
    softsugar.account.advance(WHOLE_TASK)
    assert str(kind) in softsugar.rejection(40903, "GET", f"{ROOT}/task/restart", query={"id": failing})
    assert [row["status"] for row in softsugar.tasks(running, failing)] == [5, 9]


@pytest.mark.parametrize("seconds", [0, 0.5, WORKING])
def test_a_task_in_progress_cannot_be_deleted(softsugar: SoftSugar, seconds: float) -> None:
    task_id = softsugar.swap_face()
    softsugar.account.advance(seconds)
    message = softsugar.rejection(40902, "DELETE", f"{ROOT}/task/del", query={"id": task_id})
    assert "query parameter id" in message
    assert "path parameter id" in softsugar.rejection(40902, "DELETE", f"{ROOT}/task/del/{task_id}")
    assert softsugar.task(task_id)


@pytest.mark.parametrize("in_path", [False, True])
@pytest.mark.parametrize("end", ["cancelled", "completed", "error"])
def test_an_ended_task_can_be_deleted_and_is_no_longer_shown(softsugar: SoftSugar, end: str, in_path: bool) -> None:
    task_id = softsugar.add_task(VIDEO, outcome="failed" if end == "error" else "success")
    if end == "cancelled":
        softsugar.cancel(task_id)
    softsugar.account.advance(WHOLE_TASK)
    path, query = (f"/{task_id}", {}) if in_path else ("", {"id": task_id})
    assert softsugar.data("DELETE", f"{ROOT}/task/del{path}", query=query) is None
    assert softsugar.tasks(task_id) == []
    assert task_id not in [row["id"] for row in softsugar.list_tasks(VIDEO)["result"]]
    assert softsugar.list_details(VIDEO, key=str(task_id))["result"] == []
    for verb in ("cancel", "restart", "phase/cost"):
        softsugar.rejection(40401, "GET", f"{ROOT}/task/{verb}", query={"id": task_id})
    softsugar.rejection(40401, "DELETE", f"{ROOT}/task/del/{task_id}")


def test_a_restarted_task_keeps_its_id_and_loses_its_earlier_result(softsugar: SoftSugar) -> None:
    task_id = softsugar.add_task(VIDEO, outcome="failed", reason="No sound")
    softsugar.account.advance(WHOLE_TASK)
    assert softsugar.restart(task_id).json["data"] == task_id
    row = softsugar.task(task_id)
    fields = ("status", "productParam", "startTime", "endTime", "message")
    assert [row[name] for name in fields] == [0, None, None, None, "{}"]
    assert softsugar.phases(task_id) == []
    softsugar.account.advance(WHOLE_TASK)
    row = softsugar.task(task_id)
    assert row["status"] == 5
    assert softsugar.account.http.get(softsugar.product(task_id)["videoPath"]).status == 200


@pytest.mark.parametrize("end", ["running", "completed", "cancelled"])
def test_only_a_failed_task_can_be_restarted(softsugar: SoftSugar, end: str) -> None:
    task_id = softsugar.swap_face()
    if end == "cancelled":
        softsugar.cancel(task_id)
    if end == "completed":
        softsugar.account.advance(WHOLE_TASK)
    before = softsugar.task(task_id)
    softsugar.rejection(40903, "GET", f"{ROOT}/task/restart", query={"id": task_id})
    assert softsugar.task(task_id) == before


def test_the_phases_of_a_video_cover_the_time_from_its_start_to_its_end(softsugar: SoftSugar) -> None:
    task_id = softsugar.add_task(VIDEO)
    assert softsugar.phases(task_id) == []
    softsugar.account.advance(WHOLE_TASK)
    row, phases = softsugar.task(task_id), softsugar.phases(task_id)
    assert [phase["phase"] for phase in phases] == [
        "asset_download",
        "parse_json",
        "st_mobile_change_package",
        "preprocess",
        "main_process",
        "postprocess",
        "result_upload",
    ]
    assert (phases[0]["startTime"], phases[-1]["endTime"]) == (row["startTime"], row["endTime"])
    assert [phase["startTime"] for phase in phases[1:]] == [phase["endTime"] for phase in phases[:-1]]
    # 240 seconds of work at a pace of 60.
    assert sum(phase["costTime"] for phase in phases) == 4000
    assert {phase["id"] for phase in phases} == {task_id}


def test_the_phases_of_a_catalogue_task_agree_with_its_times(softsugar: SoftSugar) -> None:
    row, phases = softsugar.task(913318), softsugar.phases(913318)
    start, end = (datetime.fromisoformat(row[name]) for name in ("startTime", "endTime"))
    assert sum(phase["costTime"] for phase in phases) == (end - start).total_seconds() * 1000 == 9000


def test_a_running_video_shows_the_phases_so_far_and_a_failed_video_ends_in_the_main_phase(
    softsugar: SoftSugar,
) -> None:
    running, failing = softsugar.add_task(VIDEO), softsugar.add_task(VIDEO, outcome="failed")
    softsugar.account.advance(WORKING)
    assert [phase["phase"] for phase in softsugar.phases(running)][-1:] == ["preprocess"]
    softsugar.account.advance(WHOLE_TASK)
    row, phases = softsugar.task(failing), softsugar.phases(failing)
    assert phases[-1]["phase"] == "main_process"
    assert (phases[0]["startTime"], phases[-1]["endTime"]) == (row["startTime"], row["endTime"])


@pytest.mark.parametrize("kind", [AVATAR, UPDATE, 11, 20, 41, 42])
def test_only_video_synthesis_tasks_have_phases(softsugar: SoftSugar, kind: int) -> None:
    task_id = softsugar.add_task(kind)
    message = softsugar.rejection(40904, "GET", f"{ROOT}/task/phase/cost", query={"id": task_id})
    assert f"type {kind}" in message


@pytest.mark.parametrize("verb", ["cancel", "restart", "phase/cost"])
def test_unknown_tasks_and_tasks_of_other_accounts_are_not_found(
    softsugar: SoftSugar, server: Server, verb: str
) -> None:
    theirs = SoftSugar(Account(server)).add_task(VIDEO)
    for task_id in (theirs, 1, 2**63 - 1):
        message = softsugar.rejection(40401, "GET", f"{ROOT}/task/{verb}", query={"id": task_id})
        assert str(task_id) in message
        softsugar.rejection(40401, "DELETE", f"{ROOT}/task/del", query={"id": task_id})
        assert softsugar.tasks(task_id) == []


def test_a_new_account_starts_with_tasks_of_other_types_in_every_state(softsugar: SoftSugar) -> None:
    states = {
        row["status"]
        for kind in (11, 12, 14, 18, 20, 25, 37, 41, 42, 43, 46)
        for row in softsugar.list_tasks(kind)["result"]
    }
    assert states == {0, 1, 2, 3, 5, 9}
    (waiting,) = softsugar.list_details(UPDATE, status=1)["result"]
    assert waiting["queueInfo"] == "1/1"
    assert (waiting["extendParam"], waiting["message"]) == (None, "{}")
    assert "rebuild2DAvatarModelVideo" in waiting["taskInfo"]


def test_the_default_account_has_the_documented_number(server: Server) -> None:
    credentials = server.http.get("/_mock/accounts/default").json["vendors"]["softsugar"]["credentials"]
    assert credentials == {"app_id": "softsugar-app-id-default", "app_key": "softsugar-app-key-default"}
    body = {
        "appId": credentials["app_id"],
        "timestamp": "1686730537",
        "sign": md5(b"softsugar-app-id-default1686730537softsugar-app-key-default").hexdigest(),
        "grantType": "sign",
    }
    grant = server.http.post("/api/uc/v1/access/api/token", body).json["data"]
    assert grant["user"]["id"] == 41


def test_a_held_catalogue_task_can_be_finished_or_cancelled(softsugar: SoftSugar) -> None:
    softsugar.account.act(913512, "finish")
    assert softsugar.task(913512)["status"] == 5
    assert softsugar.cancel(9093).json["code"] == 0
    assert softsugar.task(9093)["status"] == 3


def test_quotas_are_neither_reported_nor_enforced(softsugar: SoftSugar) -> None:
    # The vendor has quotas, but no documented operation reads or reports them: no quota may cause a rejection.
    assert softsugar.account.description["vendors"]["softsugar"]["quotas"] == {}
    assert softsugar.add_task(VIDEO, count=50)
