"""The SubRip results, read back with a strict reader of the tests."""

# These tests are about full-width punctuation.
# ruff: noqa: RUF001

import re
from itertools import pairwise

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bodydouble.mock_server.media import srt

TIME_LINE = re.compile(r"(\d\d):([0-5]\d):([0-5]\d),(\d{3}) --> (\d\d):([0-5]\d):([0-5]\d),(\d{3})")
ANY_TEXT = st.text(st.characters(), max_size=300) | st.text('ab1 .!?。！？，、…;"”)」->\n\r\t\0\u2028', max_size=300)


def read_cues(file: bytes) -> list[tuple[int, int, str]]:
    """Return start, end (milliseconds) and text of each cue; fail where the format is broken."""
    content = file.decode("utf-8")
    assert content.endswith("\n\n")
    cues = []
    for number, block in enumerate(content.removesuffix("\n\n").split("\n\n"), start=1):
        number_line, time_line, *text_lines = block.split("\n")
        assert number_line == str(number)
        match = TIME_LINE.fullmatch(time_line)
        assert match
        parts = [int(part) for part in match.groups()]
        start, end = (((h * 60 + m) * 60 + s) * 1000 + ms for h, m, s, ms in (parts[:4], parts[4:]))
        assert text_lines
        for line in text_lines:
            assert line.splitlines() == [line.strip()], "neither empty nor with a hidden line break"
            assert "-->" not in line
        cues.append((start, end, "\n".join(text_lines)))
    return cues


def texts(text: str) -> list[str]:
    return [cue for _, _, cue in read_cues(srt(text, 60_000))]


@settings(derandomize=True, deadline=None)
@given(text=ANY_TEXT, duration_ms=st.integers(1, 24 * 3600 * 1000))
@example(text="a. b. c.", duration_ms=2)
@example(text="--\0> ---> \ud800", duration_ms=9)
def test_any_text_gives_valid_cues_that_follow_each_other_up_to_the_end(text: str, duration_ms: int) -> None:
    cues = read_cues(srt(text, duration_ms))

    assert cues[0][0] == 0
    assert cues[-1][1] == duration_ms
    assert all(start < end for start, end, _ in cues)
    assert all(before[1] == after[0] for before, after in pairwise(cues))


@settings(derandomize=True, deadline=None)
@given(text=ANY_TEXT)
def test_cues_are_at_most_40_characters_long_and_nothing_visible_is_lost(text: str) -> None:
    cues = texts(text)
    visible = re.sub(r"[\ud800-\udfff]", "\ufffd", re.sub(r"[\0-\x20\x7f-\x9f\u2028\u2029]+", " ", text))
    visible = " ".join(visible.split()).replace("-->", "→").replace(" ", "")

    assert all(len(cue) <= 40 for cue in cues)
    assert "".join(cues).replace(" ", "") == (visible or "…")


@pytest.mark.parametrize(
    ("text", "cues"),
    [
        ("Hello there. How are you? Fine!", ["Hello there.", "How are you?", "Fine!"]),
        ("你好。今天好吗？很好！", ["你好。", "今天好吗？", "很好！"]),
        ("“好的！”他说。（是吗？）对", ["“好的！”", "他说。", "（是吗？）", "对"]),
        ('He said "stop." Then he left.', ['He said "stop."', "Then he left."]),
        ("Really?! Yes... maybe.", ["Really?!", "Yes...", "maybe."]),
        ("真的？！好。。。吧", ["真的？！", "好。。。", "吧"]),
        ("Pi is 3.14 and e.g.this stays.", ["Pi is 3.14 and e.g.this stays."]),
        ("No punctuation at all", ["No punctuation at all"]),
    ],
)
def test_a_cue_ends_where_a_latin_or_cjk_sentence_ends(text: str, cues: list[str]) -> None:
    assert texts(text) == cues


def test_a_long_sentence_is_cut_at_the_last_space_that_fits() -> None:
    assert texts("This sentence has quite a number of words, so it takes two cues.") == [
        "This sentence has quite a number of",
        "words, so it takes two cues.",
    ]


def test_a_long_cjk_sentence_is_cut_behind_the_last_comma_that_fits() -> None:
    assert texts("字" * 20 + "，" + "字" * 10 + "、" + "字" * 15) == ["字" * 20 + "，" + "字" * 10 + "、", "字" * 15]


def test_a_word_longer_than_a_cue_is_cut_after_40_characters() -> None:
    assert texts("x" * 40) == ["x" * 40]
    assert texts("x" * 95) == ["x" * 40, "x" * 40, "x" * 15]


def test_each_cue_lasts_in_proportion_to_its_length() -> None:
    cues = read_cues(srt("aaaa. " + "b" * 14 + ". " + "c" * 29 + ".", 50_003))

    assert [end - start for start, end, _ in cues] == [5001, 15001, 30001]


def test_blank_lines_arrows_and_control_characters_do_not_break_the_format() -> None:
    assert texts("One\n\n2\n00:00:01,000 --> 00:00:02,000\r\nx\x00y\u2028z") == [
        "One 2 00:00:01,000 → 00:00:02,000 x y z",
    ]


def test_times_beyond_an_hour_are_written_with_all_their_parts() -> None:
    assert srt("Long", 3_723_004) == b"1\n00:00:00,000 --> 01:02:03,004\nLong\n\n"


@pytest.mark.parametrize("text", ["", " \n\t\u3000", "\0\x1f"])
def test_a_text_without_visible_characters_gives_one_cue_with_an_ellipsis(text: str) -> None:
    assert srt(text, 1000) == "1\n00:00:00,000 --> 00:00:01,000\n…\n\n".encode()


def test_more_cues_than_milliseconds_become_lines_of_one_cue() -> None:
    assert read_cues(srt("a. b. c.", 3)) == [(0, 1, "a."), (1, 2, "b."), (2, 3, "c.")]
    assert read_cues(srt("a. b. c.", 2)) == [(0, 2, "a.\nb.\nc.")]


@pytest.mark.parametrize("duration_ms", [-1, 0, 24 * 3600 * 1000 + 1])
def test_a_duration_out_of_range_is_refused(duration_ms: int) -> None:
    with pytest.raises(ValueError, match=f"duration_ms must be between 1 and 86400000, not {duration_ms}"):
        srt("Hello", duration_ms)
