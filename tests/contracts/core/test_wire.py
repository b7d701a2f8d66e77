"""Queries, URLs and media types as they are on the wire."""

from urllib.parse import parse_qsl

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bodydouble.contracts.core.wire import WireRequest, joined, media_type, with_query


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("http://a/b", "http://a/b?x=1"),
        ("http://a/b?c=d", "http://a/b?c=d&x=1"),
        ("http://a/b#top", "http://a/b?x=1#top"),
        ("http://a/b?c=d#top?not-a-query", "http://a/b?c=d&x=1#top?not-a-query"),
    ],
)
def test_a_query_is_put_at_the_end_of_the_query_and_before_the_fragment(url: str, expected: str) -> None:
    assert with_query(url, "x=1") == expected
    assert with_query(url, "") == url


def test_queries_are_joined_without_an_empty_part() -> None:
    assert [joined("a=1", "b=2"), joined("", "b=2"), joined("a=1", ""), joined("", "")] == ["a=1&b=2", "b=2", "a=1", ""]


def test_a_media_type_has_neither_parameters_nor_capitals() -> None:
    assert media_type({"content-type": "Application/JSON ; charset=utf-8"}) == "application/json"
    assert media_type({}) == ""


@given(st.text(st.sampled_from("ab=&%+2 Fé"), max_size=20))
def test_a_query_is_decoded_as_by_the_standard_library(query: str) -> None:
    expected = parse_qsl(query, keep_blank_values=True, errors="replace")
    assert WireRequest("GET", "/", query, {}, b"").query_pairs == expected
