"""Subtitles in an Advanced SubStation Alpha file."""

import pytest

from bodydouble.mock_server.media import ass


def _dialogue(content: bytes) -> list[str]:
    return [line for line in content.decode().splitlines() if line.startswith("Dialogue: ")]


def test_every_sentence_is_a_line_and_the_last_one_ends_with_the_video() -> None:
    lines = _dialogue(ass("你好。欢迎光临。", 4000, 1080, 1920))
    assert [line.rpartition(",")[2] for line in lines] == ["你好。", "欢迎光临。"]
    assert lines[0].startswith("Dialogue: 0,0:00:00.00,")
    assert lines[1].split(",")[2] == "0:00:04.00"


def test_the_file_names_the_size_of_the_picture() -> None:
    content = ass("Hello.", 1000, 1920, 1080).decode()
    assert content.startswith("[Script Info]\n")
    assert "PlayResX: 1920\nPlayResY: 1080\n" in content


def test_a_text_cannot_inject_overrides_or_escapes() -> None:
    assert _dialogue(ass("{\\b1}bold\\N", 1000, 1080, 1920)) == [
        "Dialogue: 0,0:00:00.00,0:00:01.00,Default,(/b1)bold/N"
    ]


@pytest.mark.parametrize("duration", [0, -1, 86_400_001])
def test_a_length_out_of_range_is_refused(duration: int) -> None:
    with pytest.raises(ValueError, match="duration"):
        ass("Hello.", duration, 1080, 1920)
