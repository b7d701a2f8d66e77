"""Bills of tasks and live sessions, and of voices by day and by month."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from bodydouble.mock_server.testing.account import Account
from bodydouble.mock_server.testing.server import Server
from tests.support.softsugar import WHOLE_TASK, SoftSugar

VIDEO, AVATAR, SESSION, LIVE = 14, 12, 17, 44
LIST, VOICE_LIST = "/api/assist/bill/list", "/api/assist/bill/voice/list"


def test_only_ended_tasks_are_billed(softsugar: SoftSugar) -> None:
    running = softsugar.add_task(VIDEO)
    assert running not in [bill["taskId"] for bill in softsugar.bills(VIDEO)["result"]]
    cancelled = softsugar.add_task(VIDEO)
    softsugar.cancel(cancelled)
    failed = softsugar.add_task(VIDEO, outcome="failed", reason="No sound")
    softsugar.account.advance(WHOLE_TASK)
    bills = {bill["taskId"]: bill for bill in softsugar.bills(VIDEO)["result"]}
    assert [bills[task_id]["status"] for task_id in (running, cancelled, failed)] == [5, 3, 9]
    assert [bills[task_id]["billingValue"] for task_id in (running, cancelled, failed)] == [10_000, 0, 0]
    assert bills[failed]["message"] == "No sound"
    assert {bill["status"] for bill in bills.values()} <= {3, 5, 9}
    row = softsugar.task(running)
    assert (bills[running]["startTime"], bills[running]["endTime"]) == (row["startTime"], row["endTime"])
    assert softsugar.account.http.get(bills[running]["resultFile"]).status == 200


@pytest.mark.parametrize("seconds", [0, 0.2])
@pytest.mark.parametrize("kind", [VIDEO, AVATAR])
def test_a_task_that_was_cancelled_before_it_started_is_billed_for_no_time(
    softsugar: SoftSugar, kind: int, seconds: float
) -> None:
    task_id = softsugar.add_task(kind)
    softsugar.account.advance(seconds)
    softsugar.cancel(task_id)
    row = softsugar.task(task_id)
    assert row["startTime"] is None
    (bill,) = [bill for bill in softsugar.bills(kind)["result"] if bill["taskId"] == task_id]
    assert bill["startTime"] == bill["endTime"] == bill["billingTime"] == row["endTime"]
    assert (bill["status"], bill["billingValue"]) == (3, 0)


def test_a_deleted_task_stays_in_the_bills_and_is_marked_as_deleted(softsugar: SoftSugar) -> None:
    task_id = softsugar.add_task(VIDEO)
    softsugar.account.advance(WHOLE_TASK)
    softsugar.delete(task_id)
    marks = {bill["taskId"]: bill["taskIsDelete"] for bill in softsugar.bills(VIDEO)["result"]}
    assert marks[task_id] == 1
    assert sum(marks.values()) == 1


def test_every_run_of_a_restarted_task_is_billed(softsugar: SoftSugar) -> None:
    task_id = softsugar.add_task(VIDEO, outcome="failed")
    softsugar.account.advance(WHOLE_TASK)
    softsugar.restart(task_id)
    softsugar.account.advance(WHOLE_TASK)
    bills = [bill for bill in softsugar.bills(VIDEO)["result"] if bill["taskId"] == task_id]
    assert [bill["status"] for bill in bills] == [5, 9]
    assert len({bill["id"] for bill in bills}) == 2


def test_runs_of_one_millisecond_and_of_a_deleted_task_are_counted_beyond_a_thousand(softsugar: SoftSugar) -> None:
    restarted, deleted = softsugar.add_task(AVATAR), softsugar.add_task(AVATAR)
    softsugar.account.act(str(restarted), "fail")
    softsugar.restart(restarted)
    softsugar.account.act(str(restarted), "fail")
    softsugar.account.advance(WHOLE_TASK)
    softsugar.delete(deleted)
    bills = [bill["taskId"] for bill in softsugar.bills(AVATAR)["result"]]
    assert (bills.count(restarted), bills.count(deleted)) == (2, 1)
    softsugar.add_task(AVATAR, count=1001)
    softsugar.account.advance(WHOLE_TASK)
    body = softsugar.bills_request(AVATAR)
    assert f"{len(bills) + 1001} records" in softsugar.rejection(40905, "POST", LIST, body)
    assert softsugar.bills(AVATAR, owner=softsugar.owner + 1)["result"] == []


def test_the_sum_covers_the_page_and_is_in_minutes(softsugar: SoftSugar) -> None:
    # The three sessions of a new account, of 30, 1 and 2 seconds.
    page = softsugar.bills(SESSION)
    assert ([bill["billingValue"] for bill in page["result"]], page["usedSum"]) == ([30, 1, 2], "0.55")
    assert softsugar.bills(SESSION, pageSize=1)["usedSum"] == "0.5"
    assert softsugar.bills(SESSION, pageNo=2, pageSize=2)["usedSum"] == "0.0333"
    assert softsugar.bills(SESSION, pageNo=9)["usedSum"] == "0"


def test_models_are_billed_by_count_and_live_broadcasts_have_their_own_billing_code(softsugar: SoftSugar) -> None:
    avatars = softsugar.bills(AVATAR)
    assert {bill["billingUnit"] for bill in avatars["result"]} == {3}
    assert avatars["usedSum"] == "2"
    (live,) = softsugar.bills(LIVE)["result"]
    assert (live["algoType"], live["billingUnit"], live["billingValue"]) == (44, 2, 1800)
    assert softsugar.task(live["taskId"])["algoType"] == 37


def test_types_can_be_text_and_both_group_and_type_must_match(softsugar: SoftSugar) -> None:
    assert softsugar.bills("14") == softsugar.bills(14)
    assert softsugar.bills(14, algoGroup=12)["result"] == []


def test_a_time_range_is_inclusive_and_an_inverted_range_is_empty(softsugar: SoftSugar) -> None:
    bills = softsugar.bills(SESSION)["result"]
    billing_time = bills[1]["billingTime"]
    assert softsugar.bills(SESSION, billStartTime=billing_time, billEndTime=billing_time)["result"] == [bills[1]]
    later = softsugar.bills(SESSION, billStartTime=billing_time)["result"]
    assert later == bills[:2]
    assert softsugar.bills(SESSION, billStartTime=billing_time, billEndTime="2000-01-01 00:00:00")["result"] == []
    assert softsugar.bills(SESSION, billStartTime="2023-02-29 00:00:00")["result"] == bills


def test_bills_are_newest_first_unless_sorted_otherwise(softsugar: SoftSugar) -> None:
    times = [bill["billingTime"] for bill in softsugar.bills(VIDEO)["result"]]
    assert times == sorted(times, reverse=True)
    by_value = softsugar.bills(VIDEO, sortName="billingValue", sortValue="asc")["result"]
    assert [bill["billingValue"] for bill in by_value] == [0, 0, 880, 12_400]
    assert softsugar.bills(VIDEO, sortName="", sortValue="")["result"][::-1] != by_value


def test_more_than_a_thousand_records_are_rejected_until_the_range_is_narrowed(softsugar: SoftSugar) -> None:
    softsugar.account.advance(WHOLE_TASK)
    softsugar.add_task(AVATAR, count=1001)
    softsugar.account.advance(WHOLE_TASK)
    body = softsugar.bills_request(AVATAR)
    assert "1004 records" in softsugar.rejection(40905, "POST", LIST, body)
    newest = softsugar.task(softsugar.add_task(20))["id"]
    assert newest
    narrow = softsugar.bills(AVATAR, billEndTime=softsugar.task(908438)["endTime"])
    assert narrow["pagination"]["numberRecords"] == 3


@pytest.mark.generated
@pytest.mark.parametrize(
    ("changed", "named"),
    [
        ({"owner": None}, "/owner"),
        ({"owner": "41"}, "/owner"),
        ({"algoGroup": 13}, "/algoGroup"),
        ({"algoType": "13"}, "/algoType"),
        ({"billStartTime": "2024-13-01 00:00:00"}, "/billStartTime"),
        ({"billStartTime": "yesterday"}, "/billStartTime"),
        ({"billEndTime": "2024-01-01"}, "/billEndTime"),
        ({"pageSize": 1001}, "/pageSize"),
        ({"sortValue": "down"}, "/sortValue"),
    ],
)
def test_an_invalid_bills_query_is_rejected(softsugar: SoftSugar, changed: dict[str, Any], named: str) -> None:
    assert named in softsugar.rejection(3333, "POST", LIST, softsugar.bills_request(VIDEO, **changed))


@pytest.mark.parametrize("missing", ["owner", "algoGroup", "algoType", "billStartTime", "billEndTime"])
def test_the_error_names_the_missing_field_of_a_bills_query(softsugar: SoftSugar, missing: str) -> None:
    body = softsugar.bills_request(VIDEO)
    del body[missing]
    assert softsugar.rejection(3333, "POST", LIST, body).endswith(f"/{missing}: required, but missing")


def test_bills_of_another_account_are_never_shown(softsugar: SoftSugar, server: Server) -> None:
    other = SoftSugar(Account(server))
    assert other.owner != softsugar.owner
    assert softsugar.bills(VIDEO, owner=other.owner)["result"] == []
    assert softsugar.voice_bills(31, owner=other.owner) == []


def test_voices_are_billed_by_day(softsugar: SoftSugar) -> None:
    rows = softsugar.voice_bills(31)
    assert {row["algoType"] for row in rows} == {31}
    assert [row["billingDate"] for row in rows] == sorted((row["billingDate"] for row in rows), reverse=True)
    china = timezone(timedelta(hours=8))
    created = datetime.fromtimestamp(softsugar.account.now() / 1000, UTC).astimezone(china)
    assert rows[0]["billingDate"] == f"{created - timedelta(days=1):%Y-%m-%d}"
    assert {row["billingMonth"] for row in rows} == {None}
    assert {row["algoType"] for row in softsugar.voice_bills(30)} == {30}


def test_monthly_voice_bills_are_the_sums_of_the_daily_bills(softsugar: SoftSugar) -> None:
    days, months = softsugar.voice_bills(31), softsugar.voice_bills(31, statRange="2")
    assert len(months) < len(days)
    for month in months:
        assert month["billingDate"] == f"{month['billingMonth']}-01"
        same = [
            day["billingValue"]
            for day in days
            if day["billingDate"].startswith(month["billingMonth"])
            and (day["algoSubType1"], day["algoSubType2"]) == (month["algoSubType1"], month["algoSubType2"])
        ]
        assert same
        assert month["billingValue"] == pytest.approx(sum(same))
    assert sum(month["billingValue"] for month in months) == pytest.approx(sum(day["billingValue"] for day in days))


def test_an_empty_voice_sub_type_selects_all_bills_and_any_other_filters_them(softsugar: SoftSugar) -> None:
    every = softsugar.voice_bills(31)
    for field, value in (("algoSubType1", "PAAS_LIVE"), ("algoSubType2", "TTS5")):
        chosen = softsugar.voice_bills(31, **{field: value})
        assert chosen
        assert chosen == [row for row in every if row[field] == value]
    assert softsugar.voice_bills(31, algoSubType2="TTS99") == []


def test_voice_bills_can_be_filtered_by_day(softsugar: SoftSugar) -> None:
    every = softsugar.voice_bills(31)
    day = every[0]["billingDate"]
    chosen = softsugar.voice_bills(31, billStartTime=f"{day} 00:00:00", billEndTime=f"{day} 23:59:59")
    assert chosen == [row for row in every if row["billingDate"] == day]


@pytest.mark.parametrize(
    ("field", "value"), [("statRange", 3), ("algoType", 14), ("algoSubType1", "PAAS_TV"), ("algoSubType2", None)]
)
def test_an_invalid_voice_bills_query_is_rejected(softsugar: SoftSugar, field: str, value: Any) -> None:
    good = {"owner": 1, "algoType": 31, "algoSubType1": "", "algoSubType2": "", "statRange": 1}
    times = {"billStartTime": "2024-01-01 00:00:00", "billEndTime": "2024-01-01 00:00:00"}
    assert f"/{field}" in softsugar.rejection(3333, "POST", VOICE_LIST, {**good, **times, field: value})
    assert f"/{field}: required" in softsugar.rejection(
        3333, "POST", VOICE_LIST, {name: good[name] for name in good if name != field} | times
    )
