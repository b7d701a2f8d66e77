"""The scenes of scripts and videos: their numbers, texts and durations, and the rules that no schema can say."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from bodydouble.mock_server.engine.speech_duration import UNKNOWN_RECORDING, speaking_time, without_tags
from bodydouble.mock_server.vendor_api.response import ApiError
from bodydouble.mock_server.vendors.huawei_metastudio.names import Errors

Scene = Mapping[str, Any]

# "10,000 characters, excluding the SSML tag" (vendor document, lines 1107 to 1130).
MAX_TEXT = 10_000
# Longer files cannot be made; the vendor documents no limit.
MAX_DURATION = 24 * 3600 * 1000


def numbered(settings: Mapping[str, Any]) -> list[tuple[int, Scene]]:
    """The scenes of a script, each with its number; a scene without a number gets its place in the list."""
    return [
        (int(scene.get("sequence_no", index)), scene) for index, scene in enumerate(settings.get("shoot_scripts", ()))
    ]


def is_audio(scene: Scene) -> bool:
    """Whether a recording drives the scene, and not a text."""
    return bool(scene["shoot_script"].get("script_type", "TEXT") == "AUDIO")


def text(scene: Scene) -> str:
    """What is spoken in a scene: its text without SSML tags."""
    return without_tags(scene["shoot_script"].get("text_config", {}).get("text", ""))


def duration(scene: Scene, settings: Mapping[str, Any]) -> int:
    """How long a scene of a script with these settings takes, in milliseconds."""
    if not is_audio(scene):
        percent: int = settings.get("voice_config", {}).get("speed", 100)
        return speaking_time(text(scene)) * 100 // percent
    seconds = scene["shoot_script"].get("audio_duration")
    return UNKNOWN_RECORDING if seconds is None else min(round(seconds * 1000), MAX_DURATION)


def check(scenes: Sequence[Scene]) -> None:
    """Check scenes against the rules that no schema can say.

    Raises:
        ApiError: ruleBroken, if two have the same number or a text is too long.
    """
    numbers = Counter(scene["sequence_no"] for scene in scenes if "sequence_no" in scene)
    for index, scene in enumerate(scenes):
        where = f"/shoot_scripts/{index}"
        if numbers[scene.get("sequence_no")] > 1:
            raise ApiError(Errors.ruleBroken, f"{where}/sequence_no: {scene['sequence_no']} is not unique")
        length = len(text(scene))
        if length > MAX_TEXT:
            detail = f"{length} characters without tags, at most {MAX_TEXT} are allowed"
            raise ApiError(Errors.ruleBroken, f"{where}/shoot_script/text_config/text: {detail}")
