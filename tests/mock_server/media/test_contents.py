"""What files hold, in words."""

from bodydouble.mock_server.media.contents import MAX_TEXT_LENGTH, contents


def test_a_text_file_is_its_text() -> None:
    shown = contents("subtitles.srt", {"text": "Grüße, 你好", "duration": 2000}, "seed")
    assert shown["text"].splitlines()[:3] == ["1", "00:00:00,000 --> 00:00:02,000", "Grüße, 你好"]
    assert contents("user.json", {"content": {"age": 3}}, "seed") == {"text": '{"age":3}'}


def test_a_long_text_is_cut() -> None:
    assert len(contents("user.json", {"content": "x" * 1_000_000}, "seed")["text"]) == MAX_TEXT_LENGTH


def test_an_archive_is_the_list_of_its_files() -> None:
    (picture, model) = contents("avatar.zip", {"width": 8, "height": 8}, "seed")["entries"]
    assert model == {"name": "model.json", "bytes": 2}
    assert picture["name"] == "cover.png"
    assert picture["bytes"] > 60


def test_other_files_say_nothing() -> None:
    assert contents("video.mp4", {}, "seed") == {}
