"""Uploads: declaration, upload, confirmation, download."""

import base64
import hashlib
from typing import Any

import pytest

from bodydouble.mock_server.testing.http import HttpResponse
from bodydouble.mock_server.testing.server import Server
from tests.support import raw
from tests.support.huawei_metastudio import (
    AVATAR,
    FIRST_FILE,
    OWN_CLIP,
    OWN_PICTURE,
    MetaStudio,
    file_declaration,
)
from tests.support.times import DAY

INVALID = "MSS.00000003"
CONTENT = b"\x89PNG not really"
MD5 = base64.b64encode(hashlib.md5(CONTENT).digest()).decode()
PUT_HEADERS = {"Content-Type": "image/png", "Content-MD5": MD5}


def declare(studio: MetaStudio, **changed: Any) -> tuple[str, str]:
    """Declare a file; its id and upload URL."""
    response = studio.data("POST", "/files", file_declaration(**changed))
    return response["file_id"], response["upload_url"]


def put(studio: MetaStudio, url: str, body: bytes = CONTENT, **headers: str) -> HttpResponse:
    sent = {**PUT_HEADERS, **{name.replace("_", "-"): value for name, value in headers.items()}}
    return studio.account.http.put(url, body=body, headers={name: value for name, value in sent.items() if value})


def confirm(studio: MetaStudio, file_id: str, state: str = "CREATED") -> None:
    assert studio.data("POST", f"/files/{file_id}/complete", {"state": state}) is None


def shown(studio: MetaStudio, file_id: str, asset_id: str = OWN_PICTURE) -> dict[str, Any]:
    (file,) = [candidate for candidate in studio.asset(asset_id)["files"] if candidate["file_id"] == file_id]
    return file


def test_parts_of_an_upload_can_be_downloaded_and_it_is_sent_only_when_it_changed(studio: MetaStudio) -> None:
    file_id, url = declare(studio)
    tag = put(studio, url).headers["etag"]
    confirm(studio, file_id)
    download = shown(studio, file_id)["download_url"]
    http = studio.account.http
    part = http.get(download, headers={"Range": "bytes=1-3", "If-Range": tag})
    assert (part.status, part.body, part.headers["content-range"]) == (206, CONTENT[1:4], f"bytes 1-3/{len(CONTENT)}")
    whole = http.request("HEAD", download)
    assert (whole.status, whole.headers["etag"], whole.headers["accept-ranges"]) == (200, tag, "bytes")
    assert http.get(download, headers={"If-None-Match": tag}).status == 304
    assert http.get(download, headers={"If-Modified-Since": whole.headers["last-modified"]}).status == 304


def test_a_confirmed_upload_can_be_downloaded_for_a_day(studio: MetaStudio) -> None:
    file_id, url = declare(studio)
    assert shown(studio, file_id)["state"] == "CREATING"
    response = put(studio, url)
    assert (response.status, response.headers["etag"]) == (200, f'"{hashlib.md5(CONTENT).hexdigest()}"')
    confirm(studio, file_id)
    file = shown(studio, file_id)
    download = file.pop("download_url")
    expected = {name: value for name, value in file_declaration().items() if name != "asset_id"}
    assert file == {**expected, "file_id": file_id, "state": "CREATED"}
    response = studio.account.http.get(download)
    assert (response.status, response.body, response.headers["content-type"]) == (200, CONTENT, "image/png")
    studio.account.advance(DAY)
    assert studio.account.http.get(download).status == 410
    assert studio.account.http.get(shown(studio, file_id)["download_url"]).body == CONTENT


@pytest.mark.parametrize(
    ("body", "headers", "words"),
    [
        (CONTENT + b"!", {}, b"body: got 16 bytes, expected 15"),
        (CONTENT[::-1], {}, b"body: its MD5 is"),
        (CONTENT, {"Content_MD5": ""}, b"header Content-MD5: got None"),
        (CONTENT, {"Content_MD5": "DzQ7CTESaiDxM9Z8KwGKOw=="}, b"header Content-MD5: got DzQ7"),
        (CONTENT, {"Content_Type": "image/jpeg"}, b"header Content-Type: got image/jpeg, expected image/png"),
        (b"", {}, b"body: got 0 bytes"),
    ],
)
def test_an_upload_that_differs_from_its_declaration_is_rejected(
    studio: MetaStudio, body: bytes, headers: dict[str, str], words: bytes
) -> None:
    file_id, url = declare(studio)
    response = put(studio, url, body, **headers)
    assert response.status == 400
    assert words in response.body
    status, code, message = studio.rejection("POST", f"/files/{file_id}/complete", {"state": "CREATED"})
    assert (status, code) == (400, INVALID)
    assert "/state: CREATED, but nothing was put to the upload URL" in message


@pytest.mark.parametrize(
    ("file_type", "content_type"), [("JPG", "image/jpeg"), ("mp3", "audio/mp3"), ("psd", "application/octet-stream")]
)
def test_the_content_type_of_an_upload_must_match_its_file_type(
    studio: MetaStudio, file_type: str, content_type: str
) -> None:
    _, url = declare(studio, file_type=file_type)
    assert put(studio, url).status == 400
    assert put(studio, url, Content_Type=content_type).status == 200


def test_an_upload_url_is_valid_for_a_day(studio: MetaStudio) -> None:
    file_id, url = declare(studio)
    studio.account.advance(DAY - 1)
    assert put(studio, url).status == 200
    studio.account.advance(1)
    assert put(studio, url).status == 403
    assert shown(studio, file_id)["state"] == "FAILED"
    status, code, message = studio.rejection("POST", f"/files/{file_id}/complete", {"state": "CREATED"})
    assert (status, code) == (400, INVALID)
    assert "the file is FAILED" in message


@pytest.mark.parametrize("state", ["FAILED", "CANCELLED"])
def test_an_upload_reported_as_failed_or_cancelled_has_ended(studio: MetaStudio, state: str) -> None:
    file_id, url = declare(studio)
    put(studio, url)
    confirm(studio, file_id, state)
    file = shown(studio, file_id)
    assert file["state"] == state
    assert "download_url" not in file
    assert put(studio, url).status == 404
    assert studio.rejection("POST", f"/files/{file_id}/complete", {"state": "CREATED"})[0] == 400


def test_an_upload_can_be_confirmed_only_once(studio: MetaStudio) -> None:
    file_id, url = declare(studio)
    put(studio, url)
    confirm(studio, file_id)
    assert "not waiting for an upload" in studio.rejection("POST", f"/files/{file_id}/complete", {"state": "FAILED"})[2]


def test_the_initial_file_of_an_account_can_be_confirmed(studio: MetaStudio) -> None:
    assert shown(studio, FIRST_FILE)["state"] == "CREATING"
    confirm(studio, FIRST_FILE)
    assert studio.account.http.get(shown(studio, FIRST_FILE)["download_url"]).body == bytes(1024)


@pytest.mark.parametrize(
    ("changed", "code", "words"),
    [
        ({"asset_id": "gone"}, "MSS.10001001", "/asset_id: neither"),
        ({"asset_id": AVATAR}, INVALID, "/asset_id"),
        ({"file_md5": "short"}, INVALID, "/file_md5"),
        ({"file_size": 0}, INVALID, "/file_size: minimum"),
        ({"file_size": 5368709121}, INVALID, "/file_size: maximum"),
        ({"file_name": ""}, INVALID, "/file_name: minLength"),
        ({"asset_file_category": "NONE"}, INVALID, "/asset_file_category: enum"),
    ],
)
def test_an_invalid_upload_declaration_is_rejected(
    studio: MetaStudio, changed: dict[str, Any], code: str, words: str
) -> None:
    status, got, message = studio.rejection("POST", "/files", file_declaration(**changed))
    assert (status, got) == (400, code)
    assert words in message
    assert studio.account.tasks(vendor="huawei-metastudio") == []


def test_no_file_can_be_added_to_a_deleted_asset(studio: MetaStudio) -> None:
    studio.delete_asset(OWN_CLIP)
    status, code, message = studio.rejection("POST", "/files", file_declaration(asset_id=OWN_CLIP))
    assert (status, code) == (400, INVALID)
    assert "/asset_id: the asset is deleting" in message


def test_a_forced_delete_removes_uploads(studio: MetaStudio) -> None:
    file_id, url = declare(studio, asset_id=OWN_CLIP)
    put(studio, url)
    confirm(studio, file_id)
    download = shown(studio, file_id, OWN_CLIP)["download_url"]
    studio.delete_asset(OWN_CLIP, mode="force")
    assert studio.account.http.get(download).status == 404


def test_an_unknown_file_cannot_be_confirmed(studio: MetaStudio) -> None:
    status, code, message = studio.rejection("POST", "/files/no-such-file/complete", {"state": "CREATED"})
    assert (status, code) == (400, INVALID)
    assert "path parameter file_id" in message


def test_a_forged_upload_url_is_not_found(studio: MetaStudio) -> None:
    _, url = declare(studio)
    assert put(studio, url[:-1] + ("0" if url[-1] != "0" else "1")).status == 404
    assert put(studio, url.replace(f"/{studio.account.id}/", "/default/")).status == 404
    assert studio.account.http.get(url).status == 404
    base, _, code = url.rpartition("/")
    assert put(studio, f"{base.rpartition('/')[0]}/{10**30}/{code}").status == 404


def test_an_upload_beyond_the_size_limit_is_rejected(studio: MetaStudio) -> None:
    _, url = declare(studio)
    response = put(studio, url, bytes(16 * 1024 * 1024 + 1))
    assert (response.status, response.body) == (413, b"more than 16777216 bytes\n")


@pytest.mark.process
def test_an_incomplete_upload_is_discarded(studio: MetaStudio, process_server: Server) -> None:
    _, url = declare(studio)
    path = url.removeprefix(process_server.base_url)
    headers = {"Host": "127.0.0.1", **PUT_HEADERS, "Content-Length": str(len(CONTENT))}
    response = raw.exchange(process_server, raw.request("PUT", path, headers, CONTENT[:-1]), ends=True)
    assert response.status == 400
    assert response.body == b"body: incomplete: got %d bytes, expected %d\n" % (len(CONTENT) - 1, len(CONTENT))
    assert put(studio, url, CONTENT).status == 200


@pytest.mark.process
def test_an_upload_can_be_chunked(studio: MetaStudio, process_server: Server) -> None:
    file_id, url = declare(studio)
    headers = {"Host": "127.0.0.1", **PUT_HEADERS, "Transfer-Encoding": "chunked"}
    path = url.removeprefix(process_server.base_url)
    response = raw.exchange(process_server, raw.request("PUT", path, headers, raw.chunked(CONTENT, 4)))
    assert response.status == 200
    confirm(studio, file_id)
    assert studio.account.http.get(shown(studio, file_id)["download_url"]).body == CONTENT


def test_an_upload_may_exceed_the_size_limit_of_requests(studio: MetaStudio) -> None:
    content = bytes(3 * 1024 * 1024)
    md5 = base64.b64encode(hashlib.md5(content).digest()).decode()
    _, url = declare(studio, file_size=len(content), file_md5=md5)
    assert put(studio, url, content, Content_MD5=md5).status == 200
