"""Requests in unusual but legal forms, and downloads of files."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from bodydouble.mock_server.testing.account import Account
from bodydouble.mock_server.testing.http import HttpResponse
from bodydouble.mock_server.testing.server import Server
from tests.support import raw
from tests.support.guiji import Guiji

LIST = "/openapi/video/v2/pageList"
BODY = json.dumps({"page": 1, "size": 10}).encode()
HEADERS = {"Host": "127.0.0.1", "Content-Type": "application/json"}


Send = Callable[..., HttpResponse]


@pytest.fixture
def send(guiji: Guiji, process_server: Server) -> Send:
    """Sends the bytes of a request with the client's token."""

    def send(method: str, path: str, headers: dict[str, str], body: bytes = b"", *more: bytes) -> HttpResponse:
        request = raw.request(method, f"{path}?access_token={guiji.token}", headers, body)
        return raw.exchange(process_server, request, *more)

    return send


@pytest.mark.process
@pytest.mark.parametrize("size", [1, 7, 1000])
def test_a_chunked_body_is_read(send: Send, size: int) -> None:
    response = send("POST", LIST, {**HEADERS, "Transfer-Encoding": "chunked"}, raw.chunked(BODY, size))
    assert response.json["code"] == "0"
    assert response.json["data"]["pageSize"] == 10


@pytest.mark.process
def test_an_empty_chunked_body_is_an_empty_body(send: Send) -> None:
    response = send("POST", LIST, {**HEADERS, "Transfer-Encoding": "chunked"}, b"0\r\n\r\n")
    assert response.json["code"] == "40015"


@pytest.mark.process
def test_a_chunked_body_that_is_too_large_is_rejected(send: Send) -> None:
    body = json.dumps({"page": 1, "size": 10, "padding": "x" * 3_000_000}).encode()
    response = send("POST", LIST, {**HEADERS, "Transfer-Encoding": "chunked"}, raw.chunked(body, 100_000))
    assert (response.status, response.json["code"]) == (413, "49413")


@pytest.mark.process
def test_a_client_that_expects_100_continue_gets_it(send: Send) -> None:
    headers = {**HEADERS, "Content-Length": str(len(BODY)), "Expect": "100-continue"}
    assert send("POST", LIST, headers, b"", BODY).json["code"] == "0"


@pytest.mark.process
def test_head_responds_like_get_without_the_body(guiji: Guiji) -> None:
    path = f"/openapi/user/v2/get?access_token={guiji.token}"
    length = guiji.account.http.get(path).headers["content-length"]
    response = guiji.account.http.request("HEAD", path)
    assert (response.status, response.body, response.headers["content-length"]) == (200, b"", length)
    response = guiji.account.http.request("HEAD", LIST)
    assert (response.status, response.body, response.headers["allow"]) == (405, b"", "POST")


@pytest.mark.process
@pytest.mark.parametrize(
    ("path", "envelope"),
    [
        ("//openapi/user/v2/get", {"code", "success", "message", "data"}),
        ("//api/2dvh/v1/task/info", {"code", "message", "data"}),
        ("//v1/some/digital-assets", {"error_code", "error_msg", "request_id"}),
        ("//?Action=StartInstance", {"RequestId", "HostId", "Code", "Message"}),
        ("//_mock/health", {"error", "message"}),
    ],
)
def test_a_base_url_with_an_extra_slash_is_not_found(process_server: Server, path: str, envelope: set[str]) -> None:
    response = raw.exchange(process_server, raw.request("GET", path, HEADERS))
    assert response.status == 404
    assert response.json.keys() == envelope
    assert path.partition("?")[0] in response.body.decode()


def test_the_journal_records_the_percent_encoded_path(guiji: Guiji) -> None:
    guiji.send("GET", "/openapi/speaker/v2/clone/%E5%A3%B0%20%25")
    assert guiji.account.journal(operation="getVoiceClone")[0]["path"] == "/openapi/speaker/v2/clone/%E5%A3%B0%20%25"
    last = guiji.account.http.get("/_mock/accounts/anonymous/journal", query={"limit": 1}).json["entries"][0]["id"]
    guiji.account.http.get("/openapi/no%20such/%E5%A3%B0")
    entries = guiji.account.http.get("/_mock/accounts/anonymous/journal", query={"after": last}).json["entries"]
    assert "/openapi/no%20such/%E5%A3%B0" in [entry["path"] for entry in entries]


@pytest.mark.process
@pytest.mark.parametrize("host", ["two words", '"<>', "127.0.0.1:80:80", "[::1", "host.example:port"])
def test_an_invalid_host_header_is_refused(send: Send, host: str) -> None:
    rejected = send("GET", "/openapi/user", {"Host": host})
    assert rejected.status == 400
    assert "Host" in rejected.json["message"]


@pytest.mark.process
def test_environment_variables_of_the_server_are_not_read_as_headers(tmp_path: Path) -> None:
    server = Server(tmp_path, variables={"HTTP_PROXY": "http://user:password@proxy.example", "CONTENT_TYPE": "text/x"})
    try:
        guiji = Guiji(Account(server))
        assert guiji.benefits()
        assert guiji.send("POST", LIST, body=BODY).json["code"] == "0"
        headers = [entry["request_headers"] for entry in guiji.account.journal()]
    finally:
        server.stop()
    assert len(headers) == 3
    assert all("proxy" not in sent and sent.get("content-type") != "text/x" for sent in headers)
    assert server.errors == []


@pytest.fixture
def video_url(guiji: Guiji) -> str:
    video_id = guiji.synthesise()
    guiji.account.advance(10)
    return str(guiji.video(video_id)["videoUrl"])


def test_a_range_of_a_file_can_be_downloaded(account: Account, video_url: str) -> None:
    whole = account.http.get(video_url)
    part = account.http.get(video_url, headers={"Range": "bytes=4-7"})
    assert (part.status, part.body) == (206, whole.body[4:8])
    assert part.headers["content-range"] == f"bytes 4-7/{len(whole.body)}"
    assert whole.headers["accept-ranges"] == "bytes"


def test_a_range_beyond_the_end_of_a_file_is_rejected(account: Account, video_url: str) -> None:
    size = len(account.http.get(video_url).body)
    response = account.http.get(video_url, headers={"Range": f"bytes={size}-"})
    assert (response.status, response.headers["content-range"]) == (416, f"bytes */{size}")


@pytest.mark.parametrize("row", ["0", "99999999999999999999", "9" * 5000, "-1", "abc", "%D9%A1"])
def test_a_file_of_an_invalid_task_id_does_not_exist(account: Account, video_url: str, row: str) -> None:
    head, _, tail = video_url.partition(f"/{account.id}/")
    _, rest = tail.split("/", 1)
    assert account.http.get(f"{head}/{account.id}/{row}/{rest}").status == 404


def test_a_file_is_served_only_at_its_exact_url(account: Account, video_url: str) -> None:
    code = video_url.rsplit("/", 2)[1]
    wrong = ("f" if code[0] != "f" else "0") + code[1:]
    assert account.http.get(video_url).status == 200
    assert account.http.get(video_url.replace(code, wrong)).status == 404
    assert account.http.get(video_url.replace(account.id, "default")).status == 404
    assert account.http.get(video_url.replace("video.mp4", "other.mp4")).status == 404
