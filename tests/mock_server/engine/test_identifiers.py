"""Arbitrary values that are the same for the same seed and the same calls."""

import re

from hypothesis import given
from hypothesis import strategies as st

from bodydouble.mock_server.engine import identifiers

parts = st.lists(st.integers() | st.text(st.characters(exclude_categories=["Cs"])), min_size=1, max_size=5)


@given(st.integers(1, 64), parts)
def test_hexadecimal_values_have_the_requested_length_and_are_repeatable(length: int, seeds: list[int | str]) -> None:
    text = identifiers.hexadecimal(length, *seeds)
    assert re.fullmatch(r"[0-9a-f]*", text)
    assert len(text) == length
    assert text == identifiers.hexadecimal(length, *seeds)


@given(parts)
def test_a_seeded_uuid_has_the_form_of_a_random_uuid(seeds: list[int | str]) -> None:
    text = identifiers.seeded_uuid(*seeds)
    assert re.fullmatch(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", text)
    assert text == identifiers.seeded_uuid(*seeds)


@given(st.integers(1, 2**62), parts)
def test_a_number_is_below_its_bound(below: int, seeds: list[int | str]) -> None:
    assert 0 <= identifiers.number(below, *seeds) < below
    assert identifiers.number(below, *seeds) == identifiers.number(below, *seeds)


def test_known_values_never_change() -> None:
    assert identifiers.hexadecimal(12, 7, "account", "guiji") == "2daf5ce77c1e"
    assert identifiers.seeded_uuid(7, "account", "guiji") == "2daf5ce7-7c1e-4167-96db-cda52b8b7d1e"
    assert identifiers.number(1000, 7, "account", "guiji") == 63


def test_different_seeds_give_different_values() -> None:
    values = {
        identifiers.seeded_uuid(seed, name, number) for seed in range(20) for name in "ab" for number in range(20)
    }
    assert len(values) == 800


def test_the_boundaries_between_the_parts_matter() -> None:
    assert identifiers.hexadecimal(32, "ab", "c") != identifiers.hexadecimal(32, "a", "bc")
    assert identifiers.hexadecimal(32, 1, 23) != identifiers.hexadecimal(32, 12, 3)
