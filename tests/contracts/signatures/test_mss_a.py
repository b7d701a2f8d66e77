"""The vendor's test vector, and what a receiver must not accept."""

import pytest

from bodydouble.contracts.signatures import mss_a

TIME = "66df9308"
SECONDS = 1725928200
KEY = "k3y"


def signed(url: str, key: str = KEY, timestamp: str = TIME) -> str:
    joint = "&" if "?" in url else "?"
    return f"{url}{joint}secret={mss_a.sign(url, key, timestamp)}&time_stamp={timestamp}"


def test_the_vendors_own_test_vector() -> None:
    # PyPI huaweicloudsdkmetastudio 3.1.219, model CustomPlatformAuthConfig, field key.
    url = "https://api.example.com/v1/products?live_id=111&limit=10&offset=0"
    assert mss_a.sign(url, "GCTbw44s6MPLh4GqgDpnfuFHgy25Enly", TIME) == (
        "5e7fe8869a12a87ea966d9edbc02e38cd4ce62c73b8b05c638f15835e78902d7"
    )


@pytest.mark.parametrize(
    ("url", "secret"),
    [
        ("http://127.0.0.1:18453/cb", "5d1c38d0d7f700d6a3436a81533231243c1bfaae8846518c2d031035ccc27e23"),
        ("http://127.0.0.1:18453/cb?x=1&a=2", "113cacf5c0326f89696f5847e228dd3627b4719901f3125de00fd83bfd88d7cb"),
        ("https://example.com", "fe8e785c8c43f8ea913cf3e235ce2376723aa4859aebfe0f25f69adc4fcc9836"),
    ],
)
def test_the_same_construction_with_other_urls(url: str, secret: str) -> None:
    assert mss_a.sign(url, KEY, TIME) == secret


@pytest.mark.parametrize(
    ("url", "text"),
    [
        ("https://h/cb", "h/cb"),
        ("http://h:80/cb", "h:80/cb"),
        ("https://h/cb?b=2&a=1", "h/cb?a=1&b=2"),
        ("https://h/cb?a=2&a=1", "h/cb?a=2&a=1"),
        ("https://h/c%20b?a=%2f+", "h/c%20b?a=%2f+"),
        ("https://h/cb?", "h/cb"),
        ("https://h/cb?a=1#part", "h/cb?a=1"),
        ("https://user:word@h/cb", "h/cb"),
        ("https://h?a=1", "h?a=1"),
    ],
)
def test_only_part_of_a_url_is_signed(url: str, text: str) -> None:
    assert mss_a.signed_text(url, TIME) == text + TIME


def test_the_time_is_written_in_lower_case_hexadecimal_without_padding() -> None:
    assert mss_a.timestamp_text(SECONDS) == TIME
    assert mss_a.timestamp_text(0xABCDEF) == "abcdef"


@pytest.mark.parametrize("url", ["https://h/cb", "https://h/cb?", "https://h/cb?b=2&a=1", "https://h?a=1"])
def test_a_receiver_accepts_a_signed_callback(url: str) -> None:
    assert mss_a.verify(signed(url), KEY, SECONDS)


@pytest.mark.parametrize(("now", "accepted"), [(60, True), (-60, True), (61, False), (-61, False)])
def test_a_receiver_accepts_a_minute_of_difference(now: int, accepted: bool) -> None:
    assert mss_a.verify(signed("https://h/cb"), KEY, SECONDS + now) is accepted


GOOD = signed("https://h/cb?a=1")


@pytest.mark.parametrize(
    "url",
    [
        "https://h/cb?a=1",
        GOOD.replace("a=1", "a=2"),
        GOOD.replace("/cb", "/cc"),
        GOOD.replace("https://h/", "https://i/"),
        GOOD.replace(TIME, "66df9309"),
        GOOD.replace(TIME, TIME.upper()),
        GOOD.replace(TIME, "0x" + TIME),
        GOOD.replace(TIME, ""),
        GOOD.replace(TIME, "not-a-number"),
        GOOD + "&secret=0",
        GOOD + "&time_stamp=0",
        GOOD.replace("secret=", "secret=%C3"),
        signed("https://h/cb?a=1", key="other"),
    ],
)
def test_a_receiver_rejects_a_changed_callback(url: str) -> None:
    assert not mss_a.verify(url, KEY, SECONDS)
