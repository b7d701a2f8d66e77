"""The five public catalogues: lists, rows by id, and their files."""

import json
from typing import Any

import pytest

from tests.support.softsugar import SoftSugar

CATALOGUES = {
    "/api/2dvh/v1/material/appearance": {"pkgUrl", "extendParam"},
    "/api/2dvh/v3/material/tts": {"extendParam"},
    "/api/2dvh/v1/material/tts": {"extendParam"},
    "/api/2dvh/v1/material/video/template": {"pkgUrl", "extendUrl"},
    "/api/2dvh/v1/material/live/script": {"pkgUrl", "extendUrl"},
}
COMMON = {"id", "materialName", "thumbnailUrl", "desc", "createTime", "updateTime"}


def whole(softsugar: SoftSugar, path: str, **filters: Any) -> list[dict[str, Any]]:
    return softsugar.data("POST", f"{path}/list", {"pageSize": 100, **filters})["result"]


@pytest.mark.parametrize("path", CATALOGUES)
def test_a_catalogue_is_listed_page_by_page_newest_first(softsugar: SoftSugar, path: str) -> None:
    rows = whole(softsugar, path)
    assert len(rows) > 5
    assert all(row.keys() == COMMON | CATALOGUES[path] for row in rows)
    assert [row["createTime"] for row in rows] == sorted((row["createTime"] for row in rows), reverse=True)
    pages = [softsugar.data("POST", f"{path}/list", {"pageNo": number, "pageSize": 3}) for number in (1, 2, 3)]
    assert [row for page in pages for row in page["result"]] == rows[:9]
    assert pages[1]["pagination"]["startIndex"] == 3
    assert pages[0]["pagination"]["numberRecords"] == len(rows)


@pytest.mark.parametrize("path", CATALOGUES)
def test_a_list_without_a_body_shows_the_first_ten(softsugar: SoftSugar, path: str) -> None:
    responses = [softsugar.data("POST", f"{path}/list"), softsugar.data("POST", f"{path}/list", {})]
    assert responses[0] == responses[1]
    assert (responses[0]["pagination"]["pageNo"], responses[0]["pagination"]["pageSize"]) == (1, 10)
    assert len(responses[0]["result"]) == min(10, responses[0]["pagination"]["numberRecords"])


@pytest.mark.parametrize("path", CATALOGUES)
def test_a_catalogue_is_sorted_by_any_field_of_its_rows(softsugar: SoftSugar, path: str) -> None:
    for field in ("id", "materialName", "createTime", "updateTime"):
        rows = whole(softsugar, path, sortName=field, sortValue="desc")
        assert [row[field] for row in rows] == sorted((row[field] for row in rows), reverse=True)
    assert len(whole(softsugar, path, sortName="extendParam")) == len(rows)


@pytest.mark.parametrize("path", CATALOGUES)
def test_rows_can_be_requested_by_id_and_unknown_ids_are_omitted(softsugar: SoftSugar, path: str) -> None:
    known = {row["id"]: row for row in whole(softsugar, path)}
    assert softsugar.data("POST", path, {"ids": [16, 999, 13, 16]}) == [known[16], known[13]]
    assert softsugar.data("POST", path, {"ids": []}) == []


@pytest.mark.generated
@pytest.mark.parametrize("path", CATALOGUES)
@pytest.mark.parametrize("ids", [None, "13", [0], [-1], ["13"], [1.5], [2**63], {}])
def test_invalid_ids_are_rejected(softsugar: SoftSugar, path: str, ids: Any) -> None:
    message = softsugar.rejection(3333, "POST", path, {} if ids is None else {"ids": ids})
    assert "/ids" in message


@pytest.mark.parametrize("path", CATALOGUES)
def test_every_file_of_a_catalogue_can_be_downloaded(softsugar: SoftSugar, path: str) -> None:
    row = whole(softsugar, path)[0]
    parameters = row.get("extendParam")
    if isinstance(parameters, dict):
        row |= parameters
    urls = {name: value for name, value in row.items() if name.endswith("Url") and value is not None}
    for name, url in urls.items():
        response = softsugar.account.http.get(url)
        assert response.status == 200, name
        if url.endswith(".json"):
            assert response.json["name"] == row["materialName"]


def test_a_catalogue_serves_only_the_files_of_its_rows(softsugar: SoftSugar) -> None:
    url: str = whole(softsugar, "/api/2dvh/v1/material/appearance")[0]["thumbnailUrl"]
    for other in (
        url.replace("thumb.png", "other.png"),
        url.replace("avatars-", "avatars-9"),
        url.replace("avatars-", "tasks-"),
    ):
        assert softsugar.account.http.get(other).status == 404


def test_avatar_settings_are_json_text_and_voice_settings_are_objects(softsugar: SoftSugar) -> None:
    (avatar,) = softsugar.data("POST", "/api/2dvh/v1/material/appearance", {"ids": [13]})
    assert json.loads(avatar["extendParam"]).keys() == {"faceFeatureId", "gender", "avatarType"}
    (voice,) = softsugar.data("POST", "/api/2dvh/v3/material/tts", {"ids": [13]})
    assert {"qid", "voiceName", "languages", "sampleUrl", "gender"} <= voice["extendParam"].keys()
    (legacy,) = softsugar.data("POST", "/api/2dvh/v1/material/tts", {"ids": [13]})
    assert {"vendorId", "voiceId", "voiceName", "language"} <= legacy["extendParam"].keys()
    (script,) = softsugar.data("POST", "/api/2dvh/v1/material/live/script", {"ids": [13]})
    assert script["extendUrl"] is None
