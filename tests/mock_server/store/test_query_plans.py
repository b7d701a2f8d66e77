"""What a request reads of tasks goes by indexes: nothing scans an account's tasks, and nothing sorts them."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from bodydouble.mock_server.store import task_search
from bodydouble.mock_server.store.search import Scope
from bodydouble.mock_server.testing.account import Account
from bodydouble.mock_server.vendors.huawei_metastudio.operations import common
from tests.support.aliyun_avatar import AliyunAvatar
from tests.support.guiji import Guiji
from tests.support.huawei_metastudio import DRAFT, OWN_PICTURE, MetaStudio
from tests.support.in_process import InProcessServer
from tests.support.softsugar import ROOT, VIDEO, SoftSugar
from tests.support.times import SAMPLE_TIME

# Tables that grow with the number of tasks. task_blocks has a row for 256 of them, resource_blocks for 2,048, and may
# be sorted; so may the rows of reservations that a sum is of, which no number of tasks makes more than about 2,000.
LARGE = ("tasks", "task_phases", "reservations", "resources", "deliveries", "attempts", "search_parts")
# How a statement ends that reads all tasks of a kind, a part at a time: its plan does not tell.
OF_ALL = "LIMIT 500 OFFSET 0"
# Within what the accounts here have.
MIDDLE = "2026-03-10 10:11:49"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[InProcessServer]:
    server = InProcessServer(tmp_path)
    yield server
    server.close()


@contextmanager
def plans_of(server: InProcessServer) -> Iterator[dict[str, list[str]]]:
    """The plan of each statement that is run meanwhile, on the connection for reading."""
    statements: list[str] = []
    connection = server.services.state.main.read()
    driver = connection.connection.driver_connection
    assert driver is not None
    plans: dict[str, list[str]] = {}
    driver.set_trace_callback(statements.append)
    try:
        yield plans
    finally:
        driver.set_trace_callback(None)
    for statement in statements:
        if statement.startswith("SELECT"):
            plans[statement] = [row[3] for row in driver.execute(f"EXPLAIN QUERY PLAN {statement}").fetchall()]


def offences(plan: list[str], *, in_order: bool = False) -> list[str]:
    """The steps of a plan that read, or sort, as much as there is.

    Args:
        in_order: nothing is selected; the first rows of an account in the order of an index are all that is read.
    """
    scans = [step for step in plan if step.startswith("SCAN") and step.split()[1] in LARGE]
    reads = [step for step in plan if step.startswith("SEARCH") and step.split()[1] in LARGE]
    # A search by no more than the account reads all that it has.
    wide = [step for step in reads if step.endswith("(account_id=?)") and not in_order]
    sorted_tables = {step.split()[1] for step in reads} - {"reservations"}
    # What is in the order of an index is sorted by a further column only where rows are equal: due at once.
    sorts = [step for step in plan if "TEMP B-TREE" in step and "PART OF ORDER BY" not in step and sorted_tables]
    return scans + wide + sorts


def guiji(account: Account) -> Iterator[Callable[[], Any]]:
    client = Guiji(account)
    client.synthesise()
    for path in ("video/v2/pageList", "speaker/v2/tts/pageList", "speaker/v2/clonePageList"):
        yield partial(client.data, "POST", f"/openapi/{path}", {"page": 1, "size": 5})
    voices: tuple[dict[str, Any], ...] = ({"status": 3}, {"sex": 1}, {"sex": 2, "status": 3})
    for filters in (*voices, {"expireStartTime": MIDDLE}, {"expireEndTime": MIDDLE, "sex": 1, "status": 2}):
        yield partial(client.data, "POST", "/openapi/speaker/v2/clonePageList", {"page": 1, "size": 5, **filters})
    yield lambda: client.data("GET", "/openapi/user/v2/get")


def softsugar(account: Account) -> Iterator[Callable[[], Any]]:
    client = SoftSugar(account)
    for path in ("listByAccount", "listWithQueue"):
        by_state: tuple[dict[str, int], ...] = ({}, {"status": 5}, {"status": 1})
        for filters in by_state:
            if not filters or path == "listWithQueue":
                body = {"algoType": VIDEO, "pageNo": 1, "pageSize": 5, **filters}
                yield partial(client.data, "POST", f"{ROOT}/task/{path}", body)
    for key in ("Opening film", "913318"):
        by_key = {"algoType": VIDEO, "pageNo": 1, "pageSize": 5, "key": key}
        yield partial(client.data, "POST", f"{ROOT}/task/listWithQueue", by_key)
    yield partial(client.bills, VIDEO)
    yield partial(client.bills, VIDEO, billStartTime="2001-01-01 00:00:00", billEndTime="2001-01-02 00:00:00")
    yield lambda: client.data("GET", f"{ROOT}/material/file/warming/query", query={"fileIds": "a,b"})


def aliyun(account: Account) -> Iterator[Callable[[], Any]]:
    client = AliyunAvatar(account)
    client.submit()
    requests: tuple[dict[str, Any], ...] = (
        {},
        {"Status": 3},
        {"OrderById": "asc"},
        {"Status": 1, "OrderById": "asc", "PageNo": 2},
    )
    for filters in requests:
        yield partial(client.tasks, **filters)
    yield client.running
    for number in (1, 2):
        yield partial(client.data, "QueryAvatarList", ModelType="2d", PageNo=number, PageSize=2)


def huawei(account: Account) -> Iterator[Callable[[], Any]]:
    client = MetaStudio(account)
    client.create()
    now, fuzzy = "2026-01-01T00:00:00Z", {"fuzzy_query_field": ["asset_name"]}
    for path, query in (
        ("/digital-human-videos", {}),
        ("/digital-human-videos", {"state": "WAITING,SUCCEED"}),
        ("/digital-human-videos", {"create_since": now, "sort_key": "create_time", "sort_dir": "desc"}),
        ("/digital-assets", {}),
        ("/digital-assets", {"asset_state": "ACTIVED", "end_time": now}),
        ("/digital-human-video-scripts", {}),
        ("/digital-human-video-scripts", {"view_mode": "VERTICAL", "offset": 1}),
        ("/digital-human-video-scripts", {"name": "i"}),
        ("/digital-human-videos", {"job_ids": ["a", "b"]}),
        ("/digital-human-videos", {"job_id": "a"}),
        ("/digital-human-videos", {"job_type": "2D_DIGITAL_HUMAN_VIDEO"}),
        ("/digital-human-videos", {"script_id": DRAFT}),
        ("/digital-human-videos", {"script_id": "", "state": "SUCCEED"}),
        ("/digital-human-videos", {"asset_name": "Introduction"}),
        *(("/digital-human-videos", {"asset_name": part, **fuzzy}) for part in ("o", "duction")),
        ("/digital-human-videos", {"script_id": DRAFT[4:], "fuzzy_query_field": ["script_id"]}),
        ("/digital-assets", {"sort_key": "create_time", "sort_dir": "desc", "asset_state": "ACTIVED"}),
        ("/digital-assets", {"sort_key": "update_time"}),
        ("/digital-assets", {"sort_key": "update_time", "sort_dir": "desc", "asset_state": "ACTIVED", "end_time": now}),
        ("/digital-human-videos", {"sort_key": "update_time", "state": "SUCCEED"}),
        ("/digital-human-videos", {"sort_key": "update_time", "sort_dir": "desc", "create_since": now}),
        ("/digital-assets", {"name": "troduc"}),
        ("/digital-assets", {"asset_type": "VIDEO", "tag": "a", "sort_key": "asset_order", "sort_dir": "desc"}),
        ("/digital-assets", {"asset_source": "ALL", "supported_service": "VIDEO_2D", "role": "SHARER"}),
        ("/digital-assets", {"app_user_id": "user", "sort_key": "update_time"}),
        ("/digital-human-videos", {"sort_key": "asset_order", "state": "SUCCEED"}),
        ("/digital-assets", {"name": "Introduction", "accurate_query_field": ["name"], "sort_key": "asset_order"}),
        ("/digital-assets", {"asset_id": [OWN_PICTURE]}),
        (f"/digital-assets/{OWN_PICTURE}", {}),
        (f"/digital-human-video-scripts/{DRAFT}", {}),
    ):
        yield partial(client.data, "GET", path, query=query)


def control(account: Account) -> Iterator[Callable[[], Any]]:
    yield account.tasks
    yield lambda: account.tasks(vendor="guiji", kind="video")
    yield lambda: account.tasks(key="1")
    yield account.describe
    yield account.deliveries
    yield lambda: account.deliveries(state="pending")
    yield partial(account.control, "POST", "/clock/advance", {"seconds": 0, "after": "1.0.1.0"})


@pytest.mark.sqlite("plans of SQLite, in its words")
@pytest.mark.parametrize("requests", [guiji, softsugar, aliyun, huawei, control])
def test_no_list_reads_or_sorts_all_tasks_of_an_account(
    server: InProcessServer, requests: Callable[[Account], Iterator[Callable[[], Any]]]
) -> None:
    account = Account(server, frozen_at=SAMPLE_TIME)
    for request in requests(account):
        with plans_of(server) as plans:
            request()
        assert any(
            table in plan for plan in map(str, plans.values()) for table in (*LARGE, "task_blocks", "resource_blocks")
        )
        for statement, plan in plans.items():
            in_order = re.search(r"WHERE deliveries.account_id = '[^']*'( AND [^']*'pending')? ORDER BY", statement)
            assert offences(plan, in_order=in_order is not None) == [], statement
            assert OF_ALL not in statement


@pytest.mark.sqlite("plans of SQLite, in its words")
def test_a_request_that_reads_all_tasks_is_noticed(server: InProcessServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(common, "MAX_SPECIAL", -1)
    client = MetaStudio(Account(server, frozen_at=SAMPLE_TIME))
    with plans_of(server) as plans:
        client.data("GET", "/digital-assets", query={"sort_key": "update_time"})
    assert any(OF_ALL in statement for statement in plans)


@pytest.mark.sqlite("plans of SQLite, in its words")
def test_the_offences_of_a_plan_are_noticed(server: InProcessServer) -> None:
    driver = server.services.state.main.read().connection.driver_connection
    assert driver is not None
    for statement in (
        "SELECT * FROM tasks",
        "SELECT * FROM tasks WHERE account_id = 'a'",
        "SELECT * FROM tasks WHERE account_id = 'a' AND vendor = 'b' AND kind = 'c' ORDER BY name",
    ):
        plan = [row[3] for row in driver.execute(f"EXPLAIN QUERY PLAN {statement}").fetchall()]
        assert offences(plan), plan


@pytest.mark.sqlite("plans of SQLite, in its words")
def test_a_part_of_an_identifier_is_looked_for_in_the_index_alone(server: InProcessServer) -> None:
    connection = server.services.state.main.read()
    scope = Scope("default", "huawei-metastudio", "videoJob")
    with plans_of(server) as plans:
        task_search.by_part_of_key(connection, scope, "abc")
    (plan,) = plans.values()
    (looked_for,) = (step for step in plan if "account_id" in step)
    assert looked_for.startswith("SEARCH tasks USING COVERING INDEX")
