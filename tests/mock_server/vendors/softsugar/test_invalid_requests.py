"""Invalid requests: rejected in SoftSugar's envelope, which names field and rule, and without any effect."""

from typing import Any

import pytest

from tests.support.softsugar import ROOT, SoftSugar

pytestmark = pytest.mark.generated

SWAP = f"{ROOT}/material/face/swap/create"
LIST = f"{ROOT}/task/listByAccount"
DETAILS = f"{ROOT}/task/listWithQueue"
INFO = f"{ROOT}/task/info"
JSON = {"Content-Type": "application/json"}
GOOD_SWAP = {
    "facePhotoUrl": "https://media.example.com/face.png",
    "videoUrl": "https://media.example.com/video.mp4",
    "materialName": "Swap",
}


def assert_nothing_was_created(softsugar: SoftSugar) -> None:
    assert softsugar.created_tasks() == []
    assert softsugar.account.http.get("/_mock/health").status == 200


BODIES = {
    "not-json": (b"materialName=Swap", "json"),
    "empty": (b"", "json"),
    "spaces": (b"   ", "json"),
    "array": (b"[]", "type"),
    "null": (b"null", "type"),
    "text": (b'"Swap"', "type"),
    "number": (b"7", "type"),
    "invalid-utf-8": (b'{"materialName": "\xff"}', "encoding"),
    "utf-16": ('{"materialName": "x"}'.encode("utf-16"), "encoding"),
    "deep": (b'{"a":' * 10_000 + b"1" + b"}" * 10_000, "depth"),
    "not-a-number": (b'{"materialName": NaN}', "json"),
    "lone-surrogate": (b'{"materialName": "\\ud800"}', "json"),
    "huge-integer": (b'{"materialName": ' + b"9" * 400 + b"}", "number"),
    "trailing": (b"{} {}", "json"),
}


@pytest.mark.parametrize("path", [SWAP, INFO, f"{ROOT}/material/file/warming", "/api/assist/bill/list"])
@pytest.mark.parametrize("case", BODIES)
def test_a_body_that_is_not_a_json_object_is_rejected(softsugar: SoftSugar, path: str, case: str) -> None:
    body, rule = BODIES[case]
    message = softsugar.rejection(3333, "POST", path, body=body, headers=JSON)
    assert rule in message
    assert_nothing_was_created(softsugar)


def test_a_body_of_ten_megabytes_is_rejected(softsugar: SoftSugar) -> None:
    body = b'{"materialName": "' + b"x" * 10_000_000 + b'"}'
    try:
        response = softsugar.send("POST", SWAP, body=body, headers=JSON)
    except OSError:
        # The server may have closed the connection before everything was sent.
        pass
    else:
        assert (response.status, response.json["code"]) == (413, 41300)
    assert_nothing_was_created(softsugar)


@pytest.mark.parametrize("media_type", ["text/plain", "application/x-www-form-urlencoded", "application/xml"])
def test_another_media_type_is_rejected_and_a_missing_one_counts_as_json(softsugar: SoftSugar, media_type: str) -> None:
    response = softsugar.send("POST", SWAP, body=b"{}", headers={"Content-Type": media_type})
    assert (response.status, response.json["code"]) == (415, 41500)
    assert media_type in response.json["message"]
    assert_nothing_was_created(softsugar)
    assert softsugar.send("POST", INFO, body=b'{"ids": []}', headers={"Content-Type": ""}).json["code"] == 0
    with_charset = {"Content-Type": "application/json; charset=utf-8"}
    assert softsugar.send("POST", INFO, body=b'{"ids": []}', headers=with_charset).json["code"] == 0


@pytest.mark.parametrize("field", ["facePhotoUrl", "videoUrl", "materialName"])
@pytest.mark.parametrize("value", [None, "", 7, [], {}])
def test_an_error_names_the_field_that_is_empty_or_of_the_wrong_type(
    softsugar: SoftSugar, field: str, value: Any
) -> None:
    assert f"/{field}: " in softsugar.rejection(3333, "POST", SWAP, {**GOOD_SWAP, field: value})
    missing = {name: good for name, good in GOOD_SWAP.items() if name != field}
    assert f"/{field}: required, but missing" in softsugar.rejection(3333, "POST", SWAP, missing)
    assert_nothing_was_created(softsugar)


@pytest.mark.parametrize("url", ["media.example.com/a.png", "ftp://media.example.com/a", "http://", "http://a b", "x"])
def test_an_invalid_url_is_rejected(softsugar: SoftSugar, url: str) -> None:
    for field in ("facePhotoUrl", "videoUrl"):
        assert f"/{field}: pattern" in softsugar.rejection(3333, "POST", SWAP, {**GOOD_SWAP, field: url})
    assert_nothing_was_created(softsugar)


def test_unknown_fields_are_ignored(softsugar: SoftSugar) -> None:
    assert softsugar.swap_face(colour="red", callbackUrl="http://stranger.example.com/")


@pytest.mark.parametrize("path", [LIST, DETAILS])
@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("algoType", None),
        ("algoType", "14"),
        ("algoType", -1),
        ("algoType", 2**31),
        ("algoType", 1.5),
        ("pageNo", 0),
        ("pageNo", -1),
        ("pageNo", 2**63),
        ("pageNo", "1"),
        ("pageSize", 0),
        ("pageSize", -1),
        ("pageSize", 10**9),
        ("pageSize", True),
        ("sortName", 7),
        ("sortValue", "up"),
        ("sortValue", None),
    ],
)
def test_an_invalid_page_or_type_is_rejected(softsugar: SoftSugar, path: str, field: str, value: Any) -> None:
    assert f"/{field}: " in softsugar.rejection(3333, "POST", path, {"algoType": 14, field: value})


@pytest.mark.parametrize(
    ("field", "value"),
    [("status", 4), ("status", -2), ("status", "5"), ("userId", 0), ("userId", "1"), ("key", 913318)],
)
def test_an_invalid_filter_is_rejected(softsugar: SoftSugar, field: str, value: Any) -> None:
    assert f"/{field}: " in softsugar.rejection(3333, "POST", DETAILS, {"algoType": 14, field: value})


@pytest.mark.parametrize("path", [LIST, DETAILS])
def test_a_list_request_without_a_type_is_rejected(softsugar: SoftSugar, path: str) -> None:
    assert "/algoType: required, but missing" in softsugar.rejection(3333, "POST", path, {})


@pytest.mark.parametrize("task_id", ["", "one", "1.5", "0", "-1", str(2**63), "9" * 400, "1 OR 1=1", "%00"])
@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "cancel"), ("GET", "restart"), ("GET", "phase/cost"), ("DELETE", "del")],
)
def test_an_id_that_is_not_a_positive_integer_is_rejected(
    softsugar: SoftSugar, method: str, path: str, task_id: str
) -> None:
    message = softsugar.rejection(3333, method, f"{ROOT}/task/{path}", query={"id": task_id})
    assert "query parameter id: " in message
    assert "query parameter id: required" in softsugar.rejection(3333, method, f"{ROOT}/task/{path}")


@pytest.mark.parametrize("task_id", ["one", "1.5", "0", "-1", str(2**63), "%00", "%FF"])
def test_an_id_in_the_path_that_is_not_a_positive_integer_is_rejected(softsugar: SoftSugar, task_id: str) -> None:
    assert "path parameter id: " in softsugar.rejection(3333, "DELETE", f"{ROOT}/task/del/{task_id}")


@pytest.mark.parametrize("path", ["/api/2dvh/v1/nothing", "/api/2dvh/v2/task/info", f"{INFO}/", f"{ROOT}//task/info"])
def test_an_unknown_path_is_rejected(softsugar: SoftSugar, path: str) -> None:
    response = softsugar.send("POST", path, {"ids": [1]})
    assert (response.status, response.json["code"], response.json["data"]) == (404, 40400, None)
    assert path in response.json["message"]


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("GET", INFO, "POST"),
        ("PUT", SWAP, "POST"),
        ("POST", f"{ROOT}/task/cancel", "GET"),
        ("GET", f"{ROOT}/task/del", "DELETE"),
        ("DELETE", f"{ROOT}/task/restart", "GET"),
    ],
)
def test_a_wrong_method_is_rejected(softsugar: SoftSugar, method: str, path: str, allowed: str) -> None:
    response = softsugar.send(method, path)
    assert (response.status, response.json["code"]) == (405, 40500)
    assert response.headers["allow"] == allowed
    assert allowed in response.json["message"]


def test_an_error_that_a_scenario_chooses_is_sent_in_the_envelope(softsugar: SoftSugar) -> None:
    softsugar.account.scenario("softsugar", "createFaceSwap", error="throttled", times=1)
    response = softsugar.send("POST", SWAP, GOOD_SWAP)
    assert (response.status, response.json["code"]) == (429, 42900)
    assert response.headers["retry-after"] == "1"
    assert_nothing_was_created(softsugar)
    assert softsugar.swap_face()
