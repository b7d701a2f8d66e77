"""Signatures of callbacks are made by the scheme that the specification names."""

import hashlib
from typing import Any

import pytest

from bodydouble.contracts.signatures import callbacks, mss_a

NOW = 1_725_928_200_999
TEMPLATE: dict[str, Any] = {
    "scheme": "md5-template",
    "content": "{id}{timestamp}{secret}",
    "timestamp": {"in": "header", "name": "X-Time", "unit": "seconds"},
    "signature": {"in": "header", "name": "X-Sign"},
}
MSS_A: dict[str, Any] = {
    "scheme": "mss-a",
    "timestamp": {"in": "query", "name": "time_stamp", "unit": "hexadecimal-seconds"},
    "signature": {"in": "query", "name": "secret"},
}


def test_a_template_is_filled_and_hashed() -> None:
    signed = callbacks.sign(TEMPLATE, {"id": "a", "secret": "s"}, "http://h/", NOW)
    digest = hashlib.md5(b"a1725928200s").hexdigest()
    assert signed.headers == {"X-Sign": digest, "X-Time": "1725928200"}
    assert signed.query == {}


def test_mss_a_signs_the_url_and_puts_the_secret_first() -> None:
    signed = callbacks.sign(MSS_A, {"key": "k3y"}, "http://h/cb?x=1", NOW)
    assert list(signed.query.items()) == [
        ("secret", mss_a.sign("http://h/cb?x=1", "k3y", "66df9308")),
        ("time_stamp", "66df9308"),
    ]
    assert signed.headers == {}


def test_a_scheme_of_requests_signs_no_callback() -> None:
    with pytest.raises(ValueError, match="not signed by sdk-hmac-sha256, only by md5-template, mss-a"):
        callbacks.sign({**MSS_A, "scheme": "sdk-hmac-sha256"}, {}, "http://h/", NOW)
