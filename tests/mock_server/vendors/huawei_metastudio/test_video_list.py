"""The list of avatar video jobs."""

from typing import Any

import pytest

from tests.support.huawei_metastudio import (
    DRAFT,
    READY,
    MetaStudio,
)
from tests.support.times import DAY

INVALID = "MSS.00000003"


class TestList:
    """Every filter and sort order."""

    @pytest.fixture
    def jobs(self, studio: MetaStudio) -> list[str]:
        """Three jobs, a second apart: succeeded, cancelled, waiting."""
        first = studio.create(output_asset_config={"asset_name": "Alpha"})
        studio.account.advance(READY)
        second = studio.create(output_asset_config={"asset_name": "Beta"})
        studio.cancel(second)
        studio.account.advance(1)
        third = studio.data("POST", "/2d-digital-human-videos", {"script_id": DRAFT})["job_id"]
        return [first, second, str(third)]

    @pytest.mark.parametrize(
        ("query", "expected"),
        [
            ({}, [0, 1, 2]),
            ({"state": "SUCCEED"}, [0]),
            ({"state": "WAITING,SUCCEED"}, [0, 2]),
            ({"state": "CREATING,PUBLISHED"}, []),
            ({"sort_dir": "desc"}, [2, 1, 0]),
            ({"sort_key": "create_time", "sort_dir": "asc"}, [0, 1, 2]),
            ({"sort_key": "update_time", "sort_dir": "desc"}, [2, 1, 0]),
            ({"sort_key": "asset_order"}, [0, 1, 2]),
            ({"offset": 1}, [1, 2]),
            ({"offset": 1, "limit": 1}, [1]),
            ({"offset": 2147483647}, []),
            ({"asset_name": "Beta"}, [1]),
            ({"asset_name": "et"}, []),
            ({"asset_name": "et", "fuzzy_query_field": "asset_name"}, [1]),
            ({"asset_name": "et", "fuzzy_query_field": ["job_id", "asset_name"]}, [1]),
            ({"asset_name": "et", "fuzzy_query_field": "job_id,asset_name"}, [1]),
            ({"asset_name": "et", "fuzzy_query_field": "nonsense"}, []),
            ({"script_id": DRAFT}, [2]),
            ({"job_type": "2D_DIGITAL_HUMAN_VIDEO"}, [0, 1, 2]),
            ({"job_type": "PHOTO_DIGITAL_HUMAN_VIDEO"}, []),
            ({"job_id": "no-such-job"}, []),
        ],
    )
    def test_jobs_can_be_filtered_sorted_and_paged(
        self, studio: MetaStudio, jobs: list[str], query: dict[str, Any], expected: list[int]
    ) -> None:
        assert studio.jobs(**query) == [jobs[index] for index in expected]

    def test_ids_can_be_repeated_or_separated_by_commas(self, studio: MetaStudio, jobs: list[str]) -> None:
        assert studio.jobs(job_ids=[jobs[0], jobs[2]]) == [jobs[0], jobs[2]]
        assert studio.jobs(job_ids=f"{jobs[0]},{jobs[2]}") == [jobs[0], jobs[2]]
        assert studio.jobs(job_ids=[jobs[1]]) == [jobs[1]]
        assert studio.jobs(job_id=jobs[1]) == [jobs[1]]
        assert studio.jobs(job_id=jobs[1][:8], fuzzy_query_field="job_id") == [jobs[1]]

    def test_jobs_can_be_filtered_by_creation_time(self, studio: MetaStudio, jobs: list[str]) -> None:
        times = [studio.job(job)["create_time"] for job in jobs]
        assert studio.jobs(create_since=times[1]) == jobs[1:]
        assert studio.jobs(create_until=times[1]) == jobs[:2]
        assert studio.jobs(create_since=times[1], create_until=times[1]) == [jobs[1]]
        assert studio.jobs(create_since="2999-01-01T00:00:00Z") == []

    def test_only_jobs_of_the_last_month_are_listed_by_default(self, studio: MetaStudio, jobs: list[str]) -> None:
        created = studio.job(jobs[0])["create_time"]
        studio.account.advance(31 * DAY)
        assert studio.jobs() == []
        assert studio.jobs(create_since=created) == jobs
        assert studio.jobs(create_until=studio.job(jobs[2])["create_time"]) == jobs

    def test_the_count_covers_all_pages(self, studio: MetaStudio, jobs: list[str]) -> None:
        listed = studio.data("GET", "/digital-human-videos", query={"limit": 1})
        assert listed["count"] == 3
        assert listed["jobs"] == [studio.job(jobs[0])]

    def test_a_page_has_ten_jobs_by_default(self, studio: MetaStudio) -> None:
        for _ in range(11):
            studio.create()
        listed = studio.data("GET", "/digital-human-videos")
        assert (listed["count"], len(listed["jobs"])) == (11, 10)

    @pytest.mark.parametrize(
        ("text", "words"),
        [
            ("2021-02-30T00:00:00Z", "there is no such time: query parameter create_since"),
            ("0000-01-01T00:00:00Z", "there is no such time: query parameter create_since"),
            ("2021-01-01T25:00:00Z", "query parameter create_since: pattern"),
            ("2021-13-01T00:00:00Z", "query parameter create_since: pattern"),
            ("2021-01-01T00:00:00 nonsense", "query parameter create_since: pattern"),
        ],
    )
    def test_an_invalid_time_is_rejected(self, studio: MetaStudio, text: str, words: str) -> None:
        status, code, message = studio.rejection("GET", "/digital-human-videos", query={"create_since": text})
        assert (status, code) == (400, INVALID)
        assert words in message

    @pytest.mark.parametrize("zone", ["", "Z", ".000Z", "+00:00", "+08:00"])
    def test_a_time_may_have_any_zone_and_defaults_to_utc(self, studio: MetaStudio, jobs: list[str], zone: str) -> None:
        text = studio.job(jobs[1])["create_time"].removesuffix("Z") + zone
        assert studio.jobs(create_since=text) == (jobs if zone == "+08:00" else jobs[1:])

    def test_jobs_can_be_sorted_by_the_order_of_their_assets(self, studio: MetaStudio, jobs: list[str]) -> None:
        asset_id = studio.job(jobs[0])["output_asset_config"]["asset_id"]
        studio.data("PUT", f"/digital-assets/{asset_id}", {"asset_order": 5})
        assert studio.jobs(sort_key="asset_order") == [jobs[1], jobs[2], jobs[0]]
