"""Where the statements of Guiji's specification come from: its page is unmarked, everything else names its source."""

import re
from typing import Any

import pytest

from bodydouble.contracts.model import documents

DOCUMENT: dict[str, Any] = documents.load("guiji").content
SCHEMAS = DOCUMENT["components"]["schemas"]
INTRODUCTION = "guiji.cn/digital-docs/en/server-api/interface.html"


@pytest.mark.parametrize(
    "request_schema", ["AvatarTrainingRequest", "VoiceCloneRequest", "VideoRequest", "AudioRequest"]
)
def test_that_a_callback_url_is_public_is_from_the_introduction(request_schema: str) -> None:
    field = SCHEMAS[request_schema]["properties"]["callbackUrl"]
    assert "publicly reachable" in field["description"]
    assert field["x-provenance"]["kind"] == "vendor-public"
    assert INTRODUCTION in field["x-provenance"]["source"]


@pytest.mark.parametrize("path", ["/openapi/video/v2/pageList", "/openapi/speaker/v2/tts/pageList"])
def test_that_works_are_cleared_is_from_the_introduction(path: str) -> None:
    operation = DOCUMENT["paths"][path]["post"]
    assert "24 hours (the vendor's introduction)" in operation["description"]
    assert f"{INTRODUCTION} for the 24 hours" in operation["x-provenance"]["source"]


def test_the_general_description_names_the_introduction_beside_what_it_takes_from_it() -> None:
    text = " ".join(DOCUMENT["info"]["description"].split())
    for statement in ("a token that lives two hours", "cleared 24 hours after their synthesis"):
        assert f"{statement} (from the vendor's introduction)" in text
    assert INTRODUCTION in text


@pytest.mark.parametrize("bound", ["expireStartTime", "expireEndTime"])
def test_that_the_bounds_of_the_expiry_are_included_is_marked_as_invented(bound: str) -> None:
    field = SCHEMAS["VoiceCloneQuery"]["allOf"][1]["properties"][bound]
    assert field["x-provenance"]["kind"] == "invented"


@pytest.mark.parametrize(
    "words",
    [
        "10 square metres", "sound absorption", "50 cm", "not blown at", "no child and no elderly person",
        "throat noise", "one or two seconds", "left out or added", "know the script", "expressive recording",
    ],
)  # fmt: skip
def test_the_advice_for_recordings_is_whole(words: str) -> None:
    assert words in " ".join(DOCUMENT["paths"]["/openapi/speaker/v3/clone"]["post"]["description"].split())


# Lines of the document whose contradiction is decided, and what the subject is called.
CONTRADICTIONS = {
    "Two forms of time among the callbacks": ("557", "789-790"),
    "Times of a video in its callback and its record": ("862-863", "929-930"),
    "An absent reason: empty or null": ("286", "949"),
    "One picture, two addresses": ("285", "369"),
    "A video that took no time": ("801", "804"),
    "Slips of the pen in chapters 5 and 6": ("798", "913", "984", "1139"),
    "Do the bounds of the expiry belong to what they select?": ("602-603",),
}


@pytest.mark.parametrize(("subject", "lines"), CONTRADICTIONS.items())
def test_a_contradiction_of_the_document_has_a_decision(subject: str, lines: tuple[str, ...]) -> None:
    source = next(entry["source"] for entry in DOCUMENT["x-discrepancies"] if entry["subject"] == subject)
    assert set(lines) <= set(re.findall(r"[0-9-]+", source))
