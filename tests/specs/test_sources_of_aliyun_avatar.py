"""What Alibaba's sources state stands in its specification, as far as it states it and no further."""

from typing import Any

import pytest

from bodydouble.contracts.core.json_mutations import nodes
from bodydouble.contracts.core.json_pointer import lookup
from bodydouble.contracts.model import documents

DOCUMENT: dict[str, Any] = documents.load("aliyun-avatar").content
DISCREPANCIES = {entry["subject"]: entry for entry in DOCUMENT["x-discrepancies"]}


def description(pointer: str) -> str:
    return " ".join(lookup(DOCUMENT, pointer)["description"].split())


def operation(name: str) -> str:
    return f"/paths/~1#Action={name}/post"


@pytest.mark.parametrize(
    ("pointer", "statement"),
    [
        (operation("StartInstance"), "gives to Alibaba's RTC pull SDK"),
        (operation("StartInstance"), "need not activate Alibaba's RTC product"),
        (operation("StartInstance"), "broadcasting and interactive"),
        ("/components/schemas/Channel", "Alibaba's RTC pull SDK"),
        ("/components/schemas/CommandRequest/properties/AlphaSwitch", "the DingRTC channel cannot so far"),
        ("/components/schemas/AlphaFormat", "all official ones can be transparent"),
        ("/components/schemas/AlphaFormat", "`Transparent` of Create2dAvatar"),
        ("/components/schemas/AvatarInfo3d/properties/IndustryCode", "`live`: live-streaming scene"),
        ("/components/schemas/AvatarInfo3d/properties/Code", "Bonnie, Stella and Daisy"),
        (operation("SubmitAudioTo3DAvatarVideoTask"), "Bonnie, Stella and Daisy"),
        (f"{operation('QueryRunningInstance')}/parameters/2", "from version 1.0.6 on"),
        ("/components/schemas/Voice", "not validated with 3D avatars"),
        ("/components/schemas/ChannelRequest/properties/ReqConfig/properties/url", "have no such address"),
        ("/components/schemas/License", "downloaded from the configuration of the instance"),
        ("/info", "five working days"),
        ("/info", "DingTalk"),
        ("/info", "but for SubmitAvatarVideoTask, a short description"),
        (operation("DeleteAvatar"), "That only custom avatars can be deleted is inferred"),
    ],
)
def test_a_statement_of_a_source_stands_in_the_specification(pointer: str, statement: str) -> None:
    assert statement in description(pointer)


@pytest.mark.parametrize(
    "subject",
    [
        "Which RTC the platform's own channel is",
        "Prefix of the codes of 2D avatars",
        "Replacing the background of a custom avatar",
        "Words of a success",
    ],
)
def test_a_contradiction_between_the_sources_has_a_decision(subject: str) -> None:
    assert DISCREPANCIES[subject]["emit"]


def test_that_a_colour_has_eight_digits_is_marked_as_inferred() -> None:
    assert lookup(DOCUMENT, "/components/schemas/RgbaColor/x-provenance/kind") == "inferred"


def test_no_source_is_said_to_have_another_number_of_operations_than_it_has() -> None:
    says = DISCREPANCIES["Number of operations"]["says"]
    assert "27" not in says["prose"]
    assert "2.2.0" in says["sdk"]


# How many texts of an example end in a line feed, as in the responseDemo.
LINE_FEEDS = {
    "submit-avatar-video-task-response": 3,
    "query-video-task-info-response": 6,
    "confirm-avatar2d-train-response": 2,
    "create2d-avatar-response": 1,
    "update2d-avatar-response": 2,
    "query-avatar-list-response": 1,
    "query-avatar-response": 2,
}


@pytest.mark.parametrize(("example", "count"), LINE_FEEDS.items())
def test_an_example_has_the_line_feeds_of_the_vendors_response(example: str, count: int) -> None:
    value = next(
        entry["value"] for entry in documents.read_yaml("aliyun-avatar", "examples.yaml") if entry["id"] == example
    )
    assert sum(isinstance(node, str) and node.endswith("\n") for _, node in nodes(value)) == count
