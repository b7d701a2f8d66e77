"""The avatars and voices that every account can use."""

from typing import Any

import pytest

from tests.support.guiji import PUBLIC_AVATARS, PUBLIC_VOICES, Guiji


def test_a_public_avatar_has_an_id_name_picture_and_size(guiji: Guiji) -> None:
    content = guiji.page(PUBLIC_AVATARS)
    assert (content["pageNo"], content["pageSize"], len(content["records"])) == (1, 10, 10)
    assert content["totalRecord"] > 10
    avatar = content["records"][0]
    assert set(avatar) == {"id", "sceneName", "coverUrl", "resolution"}
    assert isinstance(avatar["id"], int)
    picture = guiji.account.http.get(avatar["coverUrl"])
    assert (picture.status, picture.headers["content-type"]) == (200, "image/png")


def test_a_public_voice_is_ready_and_has_recordings(guiji: Guiji) -> None:
    voice = guiji.page(PUBLIC_VOICES)["records"][0]
    assert voice["status"] == 2
    assert voice["sex"] in (1, 2)
    assert isinstance(voice["languages"], list)
    assert voice["ttsFeatures"].count("|") >= 1
    for name in ("audioUrl", "ttsAudition"):
        sound = guiji.account.http.get(voice[name])
        assert (sound.status, sound.headers["content-type"], sound.body[:4]) == (200, "audio/wav", b"RIFF")


@pytest.mark.parametrize(("path", "key"), [(PUBLIC_AVATARS, "id"), (PUBLIC_VOICES, "speakerId")])
def test_all_pages_together_are_the_whole_list_and_a_page_past_the_end_is_empty(
    guiji: Guiji, path: str, key: str
) -> None:
    whole = guiji.page(path, size=1000)
    total = whole["totalRecord"]
    assert len(whole["records"]) == total
    pages = [guiji.page(path, page=number, size=4) for number in range(1, total // 4 + 3)]
    paged = [record[key] for page in pages for record in page["records"]]
    assert paged == [record[key] for record in whole["records"]]
    assert len(set(paged)) == total
    assert pages[-1]["records"] == []
    assert {page["totalRecord"] for page in pages} == {total}
    assert guiji.page(path, page=2_147_483_647, size=1000)["records"] == []


@pytest.mark.parametrize(
    ("path", "filters", "field"),
    [
        (PUBLIC_AVATARS, {"name": "PRESENTER"}, "sceneName"),
        (PUBLIC_VOICES, {"name": "a"}, "ttsName"),
        (PUBLIC_VOICES, {"name": "a", "sex": 2}, "ttsName"),
    ],
)
def test_the_name_filter_matches_substrings_and_ignores_case(
    guiji: Guiji, path: str, filters: dict[str, Any], field: str
) -> None:
    every = guiji.page(path, size=1000)["records"]
    expected = [
        record
        for record in every
        if filters["name"].lower() in record[field].lower()
        and filters.get("sex", record.get("sex")) == record.get("sex")
    ]
    content = guiji.page(path, size=1000, **filters)
    assert content["records"] == expected
    assert content["totalRecord"] == len(expected)
    assert 0 < len(expected) < len(every)


def test_an_empty_name_matches_everything_and_an_unknown_name_nothing(guiji: Guiji) -> None:
    assert guiji.page(PUBLIC_VOICES, name="") == guiji.page(PUBLIC_VOICES)
    content = guiji.page(PUBLIC_AVATARS, name="nobody of this name")
    assert (content["totalRecord"], content["records"]) == (0, [])


def test_voices_can_be_filtered_by_sex(guiji: Guiji) -> None:
    both = [guiji.page(PUBLIC_VOICES, size=100, sex=sex) for sex in (1, 2)]
    assert [{record["sex"] for record in page["records"]} for page in both] == [{1}, {2}]
    assert sum(page["totalRecord"] for page in both) == guiji.page(PUBLIC_VOICES)["totalRecord"]


def test_every_public_avatar_and_voice_can_be_used_and_avatar_ids_may_be_text(guiji: Guiji) -> None:
    avatars = [record["id"] for record in guiji.page(PUBLIC_AVATARS, size=100)["records"]]
    voices = [record["speakerId"] for record in guiji.page(PUBLIC_VOICES, size=100)["records"]]
    assert all(guiji.synthesise(sceneId=avatar) for avatar in avatars)
    assert guiji.synthesise(sceneId=str(avatars[0]))
    assert all(guiji.speak(speakerId=voice) for voice in voices)


def test_a_video_has_the_size_of_its_avatar(guiji: Guiji) -> None:
    sizes = {}
    for record in guiji.page(PUBLIC_AVATARS, size=100)["records"]:
        sizes[record["resolution"]] = guiji.synthesise(sceneId=record["id"])
    guiji.account.advance(10)
    for resolution, video in sizes.items():
        picture = guiji.account.http.get(guiji.video(video)["coverUrl"]).body
        width, height = (int.from_bytes(picture[at : at + 4]) for at in (16, 20))
        assert f"{width}x{height}" == resolution
