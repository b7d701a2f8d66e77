"""Invalid bodies: rejected in the vendor's envelope without any effect."""

import json

import pytest

from tests.support.guiji import VIDEOS, Guiji
from tests.support.guiji_requests import (
    CREATES,
    GOOD,
    JSON,
    MISSING_OR_INVALID,
    SPEAK,
    assert_nothing_happened,
    error_message,
)

pytestmark = pytest.mark.generated


@pytest.mark.parametrize("path", CREATES)
@pytest.mark.parametrize(
    ("body", "rule"),
    [
        (b"{", "body: json"),
        (b"name=a&level=1", "body: json"),
        (b"", "body: json"),
        (b"   ", "body: json"),
        (b"[]", "body: type"),
        (b"null", "body: type"),
        (b'"text"', "body: type"),
        (b"7", "body: type"),
        (b'{"name":"\xff\xfe"}', "body: encoding"),
        (b"\xef\xbb\xbf{}", "body: json"),
        (b'{"name":"\\ud800"}', "body: json"),
        (b"[" * 10_000 + b"]" * 10_000, "body: depth"),
        (b'{"name":' + b'{"a":' * 10_000 + b"1" + b"}" * 10_001, "body: depth"),
        (b'{"name":' + b"[" * 500 + b"1234567890123456789" + b"]" * 500 + b"}", "body: depth"),
        (b'{"level":NaN}', "body: json"),
        (b'{"level":-Infinity}', "body: json"),
        (b'{"level":' + b"7" * 400 + b"}", "/level: number"),
        (b'{"name":"a"}{"name":"b"}', "body: json"),
    ],
    ids=lambda value: value[:20].decode("latin-1") if isinstance(value, bytes) else "",
)
def test_a_body_that_is_not_the_expected_json_is_rejected(guiji: Guiji, path: str, body: bytes, rule: str) -> None:
    message = error_message(guiji.send("POST", path, body=body, headers=JSON), MISSING_OR_INVALID)
    assert rule in message
    assert len(message) < 1000
    assert_nothing_happened(guiji)


def test_a_body_of_the_maximum_depth_is_rejected_only_for_its_type(guiji: Guiji) -> None:
    body = b'{"page":' + b"[" * 127 + b"]" * 127 + b',"size":10}'
    assert "/page: type" in error_message(guiji.send("POST", VIDEOS, body=body, headers=JSON), MISSING_OR_INVALID)


@pytest.mark.parametrize("path", CREATES)
def test_a_body_of_ten_megabytes_is_rejected(guiji: Guiji, path: str) -> None:
    body = json.dumps({**GOOD[path], "padding": "x" * 10_000_000}).encode()
    message = error_message(guiji.send("POST", path, body=body, headers=JSON), "49413", 413)
    assert "2097152 bytes" in message
    assert_nothing_happened(guiji)


@pytest.mark.parametrize("path", [SPEAK, VIDEOS])
@pytest.mark.parametrize("media_type", ["text/plain", "application/x-www-form-urlencoded", "application/xml", "word"])
def test_a_body_of_another_content_type_is_rejected(guiji: Guiji, path: str, media_type: str) -> None:
    body = json.dumps(GOOD[path]).encode()
    message = error_message(guiji.send("POST", path, body=body, headers={"Content-Type": media_type}), "49415", 415)
    assert f'media-type: got "{media_type}", expected application/json' in message
    assert_nothing_happened(guiji)


@pytest.mark.parametrize("headers", [{}, {"Content-Type": "Application/JSON; charset=utf-8"}], ids=["none", "charset"])
def test_a_body_without_a_content_type_or_with_a_charset_is_accepted(guiji: Guiji, headers: dict[str, str]) -> None:
    response = guiji.send("POST", VIDEOS, body=json.dumps(GOOD[VIDEOS]).encode(), headers=headers)
    assert response.json["code"] == "0"
