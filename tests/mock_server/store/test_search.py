"""Lists search for texts, and for parts of them, in all of the forms that a text can have, on both databases."""

from collections.abc import Callable

import pytest
from sqlalchemy import text

from bodydouble.mock_server.store import search
from bodydouble.mock_server.store.search import Scope, SearchText
from bodydouble.mock_server.store.tables import SEARCH_BLOCK
from bodydouble.mock_server.testing.account import Account
from tests.support.huawei_metastudio import MetaStudio, file_declaration, scene
from tests.support.in_process import InProcessServer
from tests.support.softsugar import ROOT, VIDEO, SoftSugar
from tests.support.times import SAMPLE_TIME

Start = Callable[[str], InProcessServer]
VIDEOS, ASSETS, SCRIPTS = "/digital-human-videos", "/digital-assets", "/digital-human-video-scripts"
NAMES = ["Introduction", "50% off_now", "50 per cent", "ab", "数字人", "🙂🙂🙃", "a\\b%c", "INTRODUCTION", "aaaa"]
PARTS = ["tro", "T", "50%", "f_n", "数", "字人", "🙂🙃", "\\b%", "aaa", "b", "oduction", "zzz", "Introduction", "é"]


@pytest.fixture
def client(location: str, start: Start) -> MetaStudio:
    return MetaStudio(Account(start(location), frozen_at=SAMPLE_TIME))


def named(client: MetaStudio, name: str) -> str:
    return str(client.create(output_asset_config={"asset_name": name}))


def test_parts_of_names_are_searched_for_as_they_are_written(client: MetaStudio) -> None:
    for name in NAMES:
        named(client, name)
    for name in NAMES:
        body = {"script_name": name, "shoot_scripts": [scene()]}
        client.data("POST", SCRIPTS, body)
    for part in PARTS:
        expected = sorted(name for name in NAMES if part in name)
        query = {"asset_name": part, "fuzzy_query_field": ["asset_name"]}
        jobs = client.data("GET", VIDEOS, query=query)
        assert sorted(job["output_asset_config"]["asset_name"] for job in jobs["jobs"]) == expected
        assert jobs["count"] == len(expected)
        assets = client.data("GET", ASSETS, query={"name": part, "asset_type": "VIDEO"})["assets"]
        shown = [asset["asset_name"] for asset in assets]
        assert sorted(name for name in shown if name in NAMES) == expected
        scripts = client.data("GET", SCRIPTS, query={"name": part})["video_scripts"]
        assert sorted(script["script_name"] for script in scripts if script["script_name"] in NAMES) == expected
    for name in NAMES:
        jobs = client.data("GET", VIDEOS, query={"asset_name": name})
        assert [job["output_asset_config"]["asset_name"] for job in jobs["jobs"]] == [name]


def test_a_changed_name_is_searched_for_and_the_earlier_one_is_not(client: MetaStudio) -> None:
    job = client.data("GET", f"/2d-digital-human-videos/{named(client, 'Before')}")
    client.account.advance(3600)
    path = f"{ASSETS}/{job['output_asset_config']['asset_id']}"
    client.data("PUT", path, {"asset_name": "Afterwards"})
    assert client.data("GET", ASSETS, query={"name": "Befo"})["count"] == 0
    assert client.data("GET", ASSETS, query={"name": "After"})["count"] == 1


def test_jobs_of_a_script_and_parts_of_ids_are_found(client: MetaStudio) -> None:
    script = client.data("POST", SCRIPTS, {"script_name": "Draft", "shoot_scripts": [scene()]})["script_id"]
    job = client.create(script_id=script)
    without = client.create()
    part = {"script_id": script[5:20], "fuzzy_query_field": ["script_id"]}
    for query, ids in (
        ({"script_id": script}, [job]),
        (part, [job]),
        ({"script_id": script[5:20]}, []),
        ({"job_id": job[3:20], "fuzzy_query_field": ["job_id"]}, [job]),
        ({"job_type": "PHOTO_DIGITAL_HUMAN_VIDEO"}, []),
        ({"job_type": "2D_DIGITAL_HUMAN_VIDEO"}, [job, without]),
    ):
        shown = client.data("GET", VIDEOS, query=query)
        assert sorted(entry["job_id"] for entry in shown["jobs"]) == sorted(ids)


def test_the_files_of_an_asset_are_found(client: MetaStudio) -> None:
    declared = [client.data("POST", "/files", file_declaration())["file_id"] for _ in range(2)]
    asset = client.data("GET", f"{ASSETS}/{file_declaration()['asset_id']}")
    assert [file["file_id"] for file in asset["files"]][-2:] == declared


def test_tasks_of_a_name_or_an_id_are_listed(location: str, start: Start) -> None:
    client = SoftSugar(Account(start(location), frozen_at=SAMPLE_TIME))
    tasks = client.account.add_tasks("softsugar", "task", {"algoType": VIDEO}, count=2, name="Twice")
    other = client.account.add_tasks("softsugar", "task", {"algoType": 12}, name="Twice")

    def listed(key: str, **filters: object) -> list[int]:
        body = {"algoType": VIDEO, "key": key, "pageNo": 1, "pageSize": 5, **filters}
        return [row["id"] for row in client.data("POST", f"{ROOT}/task/listWithQueue", body)["result"]]

    keys = [int(task["key"]) for task in tasks]
    assert listed("Twice") == sorted(keys, reverse=True)
    assert listed(str(keys[0])) == [keys[0]]
    assert len(listed("Opening film")) == 1
    assert listed("Twic") == listed(other[0]["key"]) == listed("Twice", status=9) == []


def test_blocks_whose_tasks_have_gone_leave_nothing_behind(location: str, start: Start) -> None:
    server = start(location)
    client = MetaStudio(Account(server, frozen_at=SAMPLE_TIME))
    scope = Scope(client.account.id, "huawei-metastudio", "videoJob")
    for _ in range(2):
        named(client, "Gone")
    with server.services.state.main.write() as connection:
        # Two numbers that follow each other may be in two blocks.
        first, last = connection.scalars(text("SELECT number FROM tasks WHERE kind = 'videoJob' ORDER BY number"))
        assert len(search.blocks(connection, scope, SearchText("name", "Gone"))) == len(
            {first // SEARCH_BLOCK, last // SEARCH_BLOCK}
        )
        connection.execute(text("DELETE FROM tasks WHERE kind = 'videoJob' AND number = :last"), {"last": last})
        (block,) = search.blocks(connection, scope, SearchText("name", "on", by_part=True))
        assert first in block
        connection.execute(text("DELETE FROM tasks"))
        assert connection.scalar(text("SELECT count(*) FROM search_parts WHERE kind <> 'videoScript'")) == 0


def test_only_blocks_with_all_parts_are_read(location: str, start: Start) -> None:
    server = start(location)
    account = Account(server, frozen_at=SAMPLE_TIME)
    scope = Scope(account.id, "guiji", "video")
    with server.services.state.main.write() as connection:
        texts = [
            (scope, number * SEARCH_BLOCK, [SearchText("name", f"video-{number}", by_part=True)])
            for number in range(400)
        ]
        search.add(connection, texts)
        (block,) = search.blocks(connection, scope, SearchText("name", "eo-321", by_part=True))
        assert block.start == 321 * SEARCH_BLOCK
        assert len(search.blocks(connection, scope, SearchText("name", "vi", by_part=True))) == 400
