"""Faults of result files: which downloads they strike, and what is refused."""

from typing import Any

import pytest

from bodydouble.mock_server.testing.account import Account
from bodydouble.mock_server.testing.http import HttpResponse
from tests.support.guiji import Guiji

FORBIDDEN: dict[str, Any] = {"kind": "forbiddenFile", "seconds": 10}


def file_url(guiji: Guiji, name: str = "A video") -> str:
    """The URL of the file of a video that has just succeeded."""
    video = guiji.synthesise(videoName=name)
    guiji.account.finish(video)
    return str(guiji.video(video)["videoUrl"]).removeprefix(guiji.account.base_url)


def download(guiji: Guiji, url: str) -> HttpResponse:
    return guiji.account.http.get(url)


def test_a_file_is_missing_a_number_of_times_although_its_url_was_shown(guiji: Guiji) -> None:
    url = file_url(guiji)
    guiji.account.fault("missingFile", times=2)
    assert [download(guiji, url).status for _ in range(3)] == [404, 404, 200]
    (scenario,) = guiji.account.scenarios()
    assert (scenario["seen"], scenario["struck"], scenario["remaining"]) == (2, 2, 0)


def test_a_file_is_forbidden_until_its_time_on_the_clock_of_the_account(guiji: Guiji) -> None:
    url = file_url(guiji)
    guiji.account.fault(**FORBIDDEN)
    assert download(guiji, url).status == 403
    guiji.account.advance(9.9)
    assert download(guiji, url).status == 403
    guiji.account.advance(0.1)
    assert download(guiji, url).status == 200
    assert [scenario["struck"] for scenario in guiji.account.scenarios()] == [2]


@pytest.mark.parametrize(
    ("choice", "status"),
    [
        ({"pattern": "[.]mp4$"}, 404),
        ({"pattern": "[.]wav$"}, 200),
        ({"pattern": "unlucky"}, 404),
        ({"task_name": "the unlucky one"}, 404),
        ({"task_name": "another one"}, 200),
        ({"vendor": "guiji"}, 404),
        ({"vendor": "softsugar"}, 200),
        ({"probability": 0}, 200),
    ],
)
def test_faults_are_limited_to_files_and_tasks(guiji: Guiji, choice: dict[str, Any], status: int) -> None:
    url = file_url(guiji, "the unlucky one")
    guiji.account.fault("missingFile", **choice)
    assert download(guiji, url).status == status


def test_the_oldest_of_several_faults_decides(guiji: Guiji) -> None:
    url = file_url(guiji)
    guiji.account.fault(**FORBIDDEN)
    guiji.account.fault("missingFile")
    assert download(guiji, url).status == 403
    guiji.account.advance(10)
    assert download(guiji, url).status == 404


def test_faults_of_files_and_of_responses_do_not_strike_each_other(guiji: Guiji) -> None:
    url = file_url(guiji)
    guiji.account.fault("missingFile")
    assert guiji.send("GET", "/openapi/user/v2/get").status == 200
    guiji.account.clear_scenarios()
    guiji.account.fault("gateway", status=503)
    assert download(guiji, url).status == 200


def test_a_catalogue_and_a_file_of_another_account_have_no_faults(guiji: Guiji) -> None:
    other = Guiji(Account(guiji.account.server))
    url = file_url(other)
    guiji.account.fault("missingFile")
    assert download(guiji, url).status == 200
    other.account.delete()


@pytest.mark.parametrize("fault", [{"kind": "cutOffFile"}, {"kind": "slowFile", "bytes_per_second": 1}])
def test_a_response_without_content_is_not_damaged(guiji: Guiji, fault: dict[str, Any]) -> None:
    url = file_url(guiji)
    etag = download(guiji, url).headers["etag"]
    guiji.account.fault(**fault)
    http = guiji.account.http
    assert http.request("HEAD", url).status == 200
    assert http.get(url, headers={"If-None-Match": etag}).status == 304


@pytest.mark.parametrize(
    ("changed", "place"),
    [
        ({"fault": {"kind": "slowFile"}}, "/fault/bytes_per_second"),
        ({"fault": {"kind": "slowFile", "bytes_per_second": 0}}, "/fault/bytes_per_second"),
        ({"fault": {"kind": "cutOffFile", "bytes": -1}}, "/fault/bytes"),
        ({"fault": {"kind": "missingFile", "bytes": 1}}, "/fault/bytes"),
        ({"fault": {"kind": "forbiddenFile"}}, "/fault/seconds"),
        ({"fault": {"kind": "forbiddenFile", "seconds": 0}}, "/fault/seconds"),
        ({"fault": {"kind": "missingFile"}, "operation": "getVideo"}, "/operation"),
        ({"fault": {"kind": "missingFile"}, "vendor": "nobody"}, "/vendor"),
    ],
)
def test_what_is_no_fault_of_a_file_is_refused_with_its_place(
    account: Account, changed: dict[str, Any], place: str
) -> None:
    response = account.control("POST", "/scenarios", {"vendor": "guiji", "operation": "*", **changed})
    assert response.status == 400
    assert place in response.json["message"]
    assert account.scenarios() == []
