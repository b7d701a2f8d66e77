"""The content types of result files."""

import pytest

from bodydouble.mock_server.media import content_type


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("result.mp4", "video/mp4"),
        ("result.mov", "video/quicktime"),
        ("result.webm", "video/webm"),
        ("result.wav", "audio/wav"),
        ("result.png", "image/png"),
        ("result.srt", "application/x-subrip"),
        ("result.ass", "text/x-ssa"),
        ("result.zip", "application/zip"),
        ("result.json", "application/json"),
        ("/files/v1.2/RESULT.MP4", "video/mp4"),
        ("archive.mp4.zip", "application/zip"),
    ],
)
def test_the_extension_decides_the_content_type(name: str, expected: str) -> None:
    assert content_type(name) == expected


@pytest.mark.parametrize("name", ["", "result", "result.exe", "dir.mp4/result", ".mp4"])
def test_a_name_without_a_known_extension_is_plain_bytes(name: str) -> None:
    assert content_type(name) == "application/octet-stream"
