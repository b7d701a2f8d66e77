"""Archives of other programs are read as far as they go: what is missing costs an entry, a cut the rest."""

import base64
import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from bodydouble.contracts.core.wire import WireRequest, WireResponse
from bodydouble.contracts.model.loader import load_contract
from bodydouble.contracts.proxy.har_reader import Archive, read_har
from bodydouble.contracts.proxy.server import Proxy
from bodydouble.mock_server.cli.examples import examples
from tests.support.raw_endpoint import RawEndpoint, exchange, response

DATA = {"access_token": "secret-of-a-client", "expires_in": 1}
BODY = {
    "code": "0",
    "success": True,
    "message": "Request successful",
    "data": {"access_token": "secret-of-a-client", "expires_in": 1},
}
URL = "https://h.example/openapi/oauth/token?grant_type=sign&appId=a"
ENTRY: dict[str, Any] = {
    "startedDateTime": "2026-01-01T00:00:00.000Z",
    "time": 12,
    "request": {"method": "GET", "url": URL, "headers": []},
    "response": {
        "status": 200,
        "headers": [{"name": "Content-Type", "value": "application/json"}],
        "content": {"size": 8, "mimeType": "application/json", "text": json.dumps(BODY)},
    },
}
MISSING = object()


def read(path: Path, text: str | bytes) -> Archive:
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return read_har(path)


def archive_of(*entries: Any) -> str:
    return json.dumps({"log": {"version": "1.2", "creator": {"name": "x", "version": "1"}, "entries": list(entries)}})


def changed(place: str, value: Any) -> dict[str, Any]:
    entry = copy.deepcopy(ENTRY)
    *parents, name = place.split("/")
    node = entry
    for parent in parents:
        node = node[parent]
    if value is MISSING:
        del node[name]
    else:
        node[name] = value
    return entry


@pytest.mark.parametrize("value", [None, MISSING, "", "soon", -1, "NaN", {}, 1e400])
@pytest.mark.parametrize("place", ["time", "startedDateTime"])
def test_an_entry_without_a_time_is_read(tmp_path: Path, place: str, value: Any) -> None:
    archive = read(tmp_path / "a.har", archive_of(changed(place, value), ENTRY))
    assert [entry.number for entry in archive.entries] == [1, 2]
    assert archive.remarks == ()


@pytest.mark.parametrize(
    ("place", "value"),
    [
        *((place, value) for place in ("request", "response") for value in (None, MISSING, "x", [])),
        *(("response/status", value) for value in (None, MISSING, 0, -1, 99, 600, "OK", "", True, 1e400, {})),
        *(("request/method", value) for value in (None, MISSING, "", 5)),
        *(("request/url", value) for value in (None, MISSING, "", 5, "http://[bad/")),
        ("response/content", {"encoding": "base64", "text": "not Base64!!x"}),
    ],
)
def test_an_entry_that_is_no_exchange_is_skipped_and_named(tmp_path: Path, place: str, value: Any) -> None:
    archive = read(tmp_path / "a.har", archive_of(ENTRY, changed(place, value), ENTRY))
    assert [entry.number for entry in archive.entries] == [1, 3]
    assert len(archive.remarks) == 1
    assert archive.remarks[0].startswith("entry 2: ")


@pytest.mark.parametrize("entry", [None, 5, "x", [], {}])
def test_an_entry_that_is_no_object_is_skipped(tmp_path: Path, entry: Any) -> None:
    assert len(read(tmp_path / "a.har", archive_of(entry, ENTRY)).entries) == 1


@pytest.mark.parametrize("status", ["200", " 200 ", 200.0, 200])
def test_a_status_may_be_text(tmp_path: Path, status: Any) -> None:
    (entry,) = read(tmp_path / "a.har", archive_of(changed("response/status", status))).exchanges
    assert entry.response is not None
    assert entry.response.status == 200


@pytest.mark.parametrize("value", [None, MISSING, "x", {}])
def test_an_entry_without_content_has_a_response_whose_body_is_unknown(tmp_path: Path, value: Any) -> None:
    (entry,) = read(tmp_path / "a.har", archive_of(changed("response/content", value))).exchanges
    assert entry.whole is False
    assert entry.response is not None
    assert entry.response.body == b""


@pytest.mark.parametrize("value", [None, MISSING, "x", {}, [None, 5, {}, {"value": "x"}, {"name": 5}]])
@pytest.mark.parametrize("place", ["request/headers", "response/headers"])
def test_headers_that_are_missing_or_odd_are_left_out(tmp_path: Path, place: str, value: Any) -> None:
    (entry,) = read(tmp_path / "a.har", archive_of(changed(place, value))).exchanges
    assert entry.request.headers == {}
    assert entry.response == WireResponse(200, {"content-type": "application/json"}, json.dumps(BODY).encode())


def test_bodies_may_be_base64_or_parameters_and_headers_of_http_2(tmp_path: Path) -> None:
    entry = changed("response/content", {"encoding": "base64", "text": base64.b64encode(b'{"a": 1}').decode()})
    entry["request"] |= {
        "method": "post",
        "url": "https://h.example/测试?名=值#fragment",
        "headers": [{"name": ":authority", "value": "h"}, {"name": "X-A", "value": "1"}, {"name": "x-a", "value": 2}],
        "postData": {"params": [{"name": "a b", "value": "1"}, {"name": "c"}]},
    }
    (read_entry,) = read(tmp_path / "a.har", archive_of(entry)).exchanges
    form = {"x-a": "1, 2", "content-type": "application/x-www-form-urlencoded"}
    assert read_entry.request == WireRequest("POST", "/%E6%B5%8B%E8%AF%95", "%E5%90%8D=%E5%80%BC", form, b"a+b=1&c=")
    assert read_entry.response is not None
    assert read_entry.response.body == b'{"a": 1}'


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_archives_may_begin_with_a_byte_order_mark(tmp_path: Path, encoding: str) -> None:
    assert len(read(tmp_path / "a.har", archive_of(ENTRY).encode(encoding)).entries) == 1


@pytest.mark.parametrize("joint", [", ", "\n,\n"])
def test_an_archive_is_read_up_to_its_cut_wherever_that_is(tmp_path: Path, joint: str) -> None:
    head, entry, tail = '{"log": {"comment": "by x", "entries": [', json.dumps(ENTRY), "]}}"
    text = head + joint.join([entry] * 3) + tail
    ends = [len(head) + len(entry) * count + len(joint) * (count - 1) for count in (1, 2, 3)]
    for end in [*range(len(head), len(text), 97), *ends, *(end - 1 for end in ends)]:
        archive = read(tmp_path / "a.har", text[:end])
        assert (len(archive.entries), archive.comment) == (sum(end >= complete for complete in ends), "by x")
        assert archive.cut is (end <= ends[-1])


def test_a_cut_within_a_character_costs_the_last_entry_only(tmp_path: Path) -> None:
    text = json.dumps({"log": {"entries": [ENTRY, changed("request/method", "测")]}}, ensure_ascii=False).encode()
    archive = read(tmp_path / "a.har", text[: text.rindex("测".encode()) + 1])
    assert (len(archive.entries), archive.cut) == (1, True)
    assert archive.remarks == ("the archive is cut after entry 1: the rest is missing",)


def test_the_recording_of_a_proxy_that_was_killed_is_read(tmp_path: Path) -> None:
    har = tmp_path / "a.har"
    with (
        RawEndpoint(lambda _: response(json.dumps(BODY).encode())) as endpoint,
        Proxy(load_contract("guiji"), endpoint.base_url, har=har) as proxy,
    ):
        for _ in range(2):
            exchange(proxy.base_url, b"GET /openapi/user/v2/get HTTP/1.1\r\nHost: h\r\n\r\n")
        flushed = har.read_bytes()
    archive = read(tmp_path / "cut.har", flushed)
    assert (len(archive.entries), archive.cut) == (2, True)
    assert archive.comment == read_har(har).comment == "contract guiji; secrets and personal data are redacted"


@pytest.mark.parametrize(
    "text", ["", "  ", "hello", "{", "[]", '{"log": 1}', '{"log": {}}', '{"log": {"entries": {}}}']
)
def test_a_file_that_is_not_an_archive_is_an_error(tmp_path: Path, text: str) -> None:
    with pytest.raises(ValueError, match="is not an HTTP archive"):
        read(tmp_path / "no.har", text)


@pytest.mark.parametrize(
    ("spoil", "count", "remark"),
    [
        (lambda: archive_of(changed("time", None), ENTRY), "1 example; 1 repetition, 0 unusable exchanges", ""),
        (
            lambda: archive_of(changed("response", None), ENTRY),
            "0 repetitions, 1 unusable exchange",
            "entry 1: no resp",
        ),
        (lambda: archive_of(ENTRY, changed("response/content", None)), "0 repetitions, 1 unusable exchange", ""),
        (lambda: archive_of(ENTRY, ENTRY)[:-30], "1 example; 0 repetitions", "the archive is cut after entry 1"),
    ],
)
def test_the_command_counts_and_names_what_it_could_not_read(
    tmp_path: Path, spoil: Callable[[], str], count: str, remark: str
) -> None:
    path = tmp_path / "a.har"
    path.write_text(spoil())
    result = CliRunner().invoke(examples, ["guiji", str(path)])
    assert result.exit_code == 0
    assert count in result.stderr
    assert remark in result.stderr
    assert "secret-of-a-client" not in result.output
