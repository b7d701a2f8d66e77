"""Validators, conditions and ranges of downloads, as RFC 9110 describes them."""

import hashlib
import resource
import socket
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path

import pytest
from werkzeug.datastructures import Headers

from bodydouble.mock_server.testing.account import Account
from bodydouble.mock_server.testing.receiver import WAIT
from bodydouble.mock_server.testing.server import Server
from bodydouble.mock_server.web.conditional_files import StoredFile, download
from tests.support.guiji import Guiji

TIME = "Thu, 01 Jan 2026 00:00:00 GMT"
BEFORE, AFTER = "Wed, 31 Dec 2025 23:59:59 GMT", "Thu, 01 Jan 2026 00:00:01 GMT"
CONTENT = bytes(range(100))
FILE = StoredFile(CONTENT, "video/mp4", 1_767_225_600_123)
TAG = f'"{hashlib.md5(CONTENT).hexdigest()}"'


def get(headers: Mapping[str, str], file: StoredFile = FILE, method: str = "GET") -> tuple[int, bytes, Headers]:
    response = download(file, method, Headers(dict(headers)))
    return response.status_code, response.get_data(), response.headers


def test_a_whole_file_comes_with_its_validators() -> None:
    status, body, headers = get({})
    assert (status, body) == (200, CONTENT)
    assert headers["ETag"] == TAG
    assert headers["Last-Modified"] == TIME
    assert headers["Accept-Ranges"] == "bytes"
    assert headers["Content-Type"] == "video/mp4"


@pytest.mark.parametrize(
    ("header", "start", "end"),
    [
        ("bytes=0-0", 0, 1),
        ("bytes=0-9", 0, 10),
        ("bytes=90-", 90, 100),
        ("bytes=90-999", 90, 100),
        ("bytes=99-99", 99, 100),
        ("bytes=-1", 99, 100),
        ("bytes=-10", 90, 100),
        ("bytes=-1000", 0, 100),
        ("bytes=0-", 0, 100),
        ("Bytes = 5 - 7", 5, 8),
        ("bytes=,5-7,", 5, 8),
        ("bytes=5-7,200-", 5, 8),
        ("bytes=5-" + "9" * 30, 5, 100),
        ("bytes=-" + "9" * 30, 0, 100),
    ],
)
def test_a_range_is_a_part_of_the_file(header: str, start: int, end: int) -> None:
    status, body, headers = get({"Range": header})
    assert (status, body) == (206, CONTENT[start:end])
    assert headers["Content-Range"] == f"bytes {start}-{end - 1}/100"
    assert headers["Content-Length"] == str(end - start)
    assert (headers["ETag"], headers["Last-Modified"]) == (TAG, TIME)


@pytest.mark.parametrize(
    "header",
    [
        "items=0-5",
        "seconds=1-2",
        "bytes",
        "bytes=",
        "bytes=-",
        "bytes=a-b",
        "bytes=5-4",
        "bytes=1-2-3",
        "bytes=0x1-2",
        "bytes=0-9,20-29",
        "bytes=0-9,-5",
        "bytes=0-9,nonsense",
        "bytes=" + ",".join(["0-0"] * 1000),
        "bytes=" + "9" * 5000 + "-",
        "bytes=\u0661-\u0662",
    ],
)
def test_ranges_that_a_server_ignores_get_the_whole_file(header: str) -> None:
    assert get({"Range": header})[:2] == (200, CONTENT)


@pytest.mark.parametrize(
    "header",
    [
        "bytes=100-",
        "bytes=100-200",
        "bytes=-0",
        "bytes=500-,600-",
        "bytes=" + "9" * 18 + "-",
        "bytes=" + "9" * 30 + "-",
    ],
)
def test_ranges_beyond_the_file_are_rejected_with_its_size(header: str) -> None:
    status, body, headers = get({"Range": header})
    assert (status, body, headers["Content-Range"]) == (416, b"", "bytes */100")


def test_only_get_has_ranges() -> None:
    for header in ("bytes=0-9", "bytes=500-"):
        status, _, headers = get({"Range": header}, method="HEAD")
        assert (status, headers["Content-Length"], headers.get("Content-Range")) == (200, "100", None)


def test_an_empty_file_has_no_ranges() -> None:
    empty = StoredFile(b"", "text/plain", 0)
    assert get({}, empty)[:2] == (200, b"")
    assert get({"Range": "bytes=0-"}, empty)[0] == get({"Range": "bytes=-5"}, empty)[0] == 416


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"If-None-Match": TAG}, 304),
        ({"If-None-Match": f"W/{TAG}"}, 304),
        ({"If-None-Match": f'"other", {TAG}'}, 304),
        ({"If-None-Match": "*"}, 304),
        ({"If-None-Match": '"other"'}, 200),
        ({"If-Modified-Since": TIME}, 304),
        ({"If-Modified-Since": AFTER}, 304),
        ({"If-Modified-Since": BEFORE}, 200),
        ({"If-Modified-Since": "no date"}, 200),
        ({"If-None-Match": '"other"', "If-Modified-Since": AFTER}, 200),
        ({"If-None-Match": TAG, "If-Modified-Since": BEFORE}, 304),
        ({"If-Match": TAG}, 200),
        ({"If-Match": "*"}, 200),
        ({"If-Match": f"W/{TAG}"}, 412),
        ({"If-Match": '"other"'}, 412),
        ({"If-Unmodified-Since": TIME}, 200),
        ({"If-Unmodified-Since": BEFORE}, 412),
        ({"If-Match": TAG, "If-Unmodified-Since": BEFORE}, 200),
        ({"Range": "bytes=0-4", "If-None-Match": TAG}, 304),
        ({"Range": "bytes=0-4", "If-Range": TAG}, 206),
        ({"Range": "bytes=0-4", "If-Range": TIME}, 206),
        ({"Range": "bytes=0-4", "If-Range": '"other"'}, 200),
        ({"Range": "bytes=0-4", "If-Range": f"W/{TAG}"}, 200),
        ({"Range": "bytes=0-4", "If-Range": AFTER}, 200),
        ({"Range": "bytes=500-", "If-Range": '"other"'}, 200),
        ({"If-Range": TAG}, 200),
    ],
)
def test_conditions_are_evaluated_in_their_order(headers: dict[str, str], status: int) -> None:
    actual, body, response_headers = get(headers)
    assert actual == status
    assert body == {200: CONTENT, 206: CONTENT[:5], 304: b"", 412: b""}[status]
    assert response_headers["ETag"] == TAG


def assert_conditional(account: Account, url: str) -> None:
    whole = account.http.get(url)
    tag, modified = whole.headers["etag"], whole.headers["last-modified"]
    part = account.http.get(url, headers={"Range": "bytes=1-3", "If-Range": tag})
    assert (part.status, part.body) == (206, whole.body[1:4])
    assert account.http.get(url, headers={"If-None-Match": tag}).status == 304
    assert account.http.get(url, headers={"If-Modified-Since": modified}).status == 304
    assert account.http.get(url, headers={"Range": "items=0-5"}).body == whole.body
    head = account.http.request("HEAD", url)
    assert (head.status, head.body, head.headers["etag"]) == (200, b"", tag)
    assert head.headers["content-length"] == str(len(whole.body))


def test_generated_files_and_those_of_catalogues_have_validators(account: Account) -> None:
    guiji = Guiji(account)
    video = guiji.synthesise()
    account.advance(10)
    assert_conditional(account, guiji.video(video)["videoUrl"])
    assert_conditional(account, "/_files/catalogue/guiji/-101/cover.png")


def test_a_large_file_is_sent_in_parts() -> None:
    content = bytes(range(256)) * 10_000
    large = StoredFile(content, "audio/wav", 0)
    for header, start, end in (
        ("", 0, len(content)),
        ("bytes=5-", 5, len(content)),
        ("bytes=-2000000", 560_000, 2_560_000),
    ):
        response = download(large, "GET", Headers({"Range": header} if header else {}))
        parts = list(response.iter_encoded())
        assert b"".join(parts) == content[start:end]
        assert max(map(len, parts)) < 300_000
        assert response.headers["Content-Length"] == str(end - start)
        response.close()


@pytest.mark.process
@pytest.mark.linux
def test_clients_that_do_not_read_cost_no_copy_of_a_file(process_server: Server) -> None:
    guiji = Guiji(Account(process_server))
    audio = guiji.speak("Hello there. " * 700)
    guiji.account.advance(600)
    url = guiji.audio(audio)["ttsUrl"]
    size = int(guiji.account.http.request("HEAD", url).headers["content-length"])
    before = memory_of(process_server)
    path = url.removeprefix(process_server.base_url)
    with ExitStack() as stack:
        for _ in range(30):
            client = stack.enter_context(socket.create_connection(("127.0.0.1", process_server.port), WAIT))
            client.sendall(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode())
            assert client.recv(4) == b"HTTP"
        assert memory_of(process_server) - before < 5 * size + 100_000_000
        assert process_server.http.get("/_mock/health").status == 200
    assert guiji.account.http.get(url).headers["content-length"] == str(size)
    guiji.account.delete()


def memory_of(server: Server) -> int:
    """The resident memory of a server's worker, in bytes."""
    tasks = Path(f"/proc/{server.process.pid}/task").glob("[0-9]*/children")
    workers = [worker for children in tasks for worker in children.read_text().split()]
    pages = [int(Path(f"/proc/{worker}/statm").read_text().split()[1]) for worker in workers]
    return max(pages) * resource.getpagesize()
