"""What several chapters share: pages, times, filters, callbacks, the rules of scenes."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeVar
from urllib.parse import parse_qsl, urlsplit

from bodydouble.contracts.signatures import mss_a
from bodydouble.mock_server.clock import from_rfc3339
from bodydouble.mock_server.vendor_api.vendor import ApiError, OperationRequest
from bodydouble.mock_server.vendors.huawei_metastudio.callbacks import SIGNED

Row = TypeVar("Row")

DEFAULT_LIMIT = 10
# "10,000 characters, excluding the SSML tag" (vendor document, lines 1107 to 1130).
LONGEST_TEXT = 10_000
_TAG = re.compile(r"<[^<>]*>")


def page(request: OperationRequest, rows: Sequence[Row]) -> Sequence[Row]:
    """The page of a whole list that the request asks for."""
    offset = int(request.query.get("offset", 0))
    return rows[offset : offset + int(request.query.get("limit", DEFAULT_LIMIT))]


def moment(request: OperationRequest, name: str) -> int | None:
    """The time of a query parameter in epoch milliseconds, if it is given.

    Raises:
        ApiError: timeUnknown, if no calendar has it.
    """
    text = request.query.get(name)
    if text is None:
        return None
    try:
        return from_rfc3339(text)
    except (ValueError, OverflowError) as error:
        raise ApiError("timeUnknown", f"query parameter {name}: expected a time (RFC 3339), got {text}") from error


def within(created_at: int, since: int | None, until: int | None) -> bool:
    """Whether something was created between two times; compared by the second, which is all that answers show."""
    second = created_at // 1000 * 1000
    return (since is None or second >= since) and (until is None or second <= until)


def words(text: str | None) -> frozenset[str]:
    """The members of a list that is written with commas."""
    return frozenset((text or "").split(",")) - {""}


def spoken(text: str) -> str:
    """A text without its SSML tags."""
    return _TAG.sub("", text)


def check_scenes(scenes: Iterable[Mapping[str, Any]]) -> None:
    """Hold scenes to what a schema cannot say.

    Raises:
        ApiError: ruleBroken, if two have the same number or a text is too long.
    """
    numbers = Counter(scene["sequence_no"] for scene in scenes if "sequence_no" in scene)
    for index, scene in enumerate(scenes):
        if numbers[scene.get("sequence_no")] > 1:
            raise ApiError("ruleBroken", f"/shoot_scripts/{index}/sequence_no: {scene['sequence_no']} is not unique")
        text = scene["shoot_script"].get("text_config", {}).get("text", "")
        length = len(spoken(text))
        if length > LONGEST_TEXT:
            raise ApiError(
                "ruleBroken",
                f"/shoot_scripts/{index}/shoot_script/text_config/text: {length} characters without tags, "
                f"at most {LONGEST_TEXT} are allowed",
            )


def callback(request: OperationRequest) -> tuple[str | None, dict[str, Any]]:
    """Where the end of a job shall be reported, and what the report's signature needs.

    Raises:
        ApiError: callbackUrlRefused, if the operator does not allow the host; ruleBroken, if a URL that is to be signed
            is signed already.
    """
    config = request.body.get("callback_config")
    if config is None:
        return None, {}
    url: str = config["callback_url"]
    objection = request.services.guard.objection(url)
    if objection is not None:
        raise ApiError("callbackUrlRefused", f"/callback_config/callback_url: {objection}")
    if config.get("auth_type") != SIGNED:
        return url, {}
    names = {name for name, _ in parse_qsl(urlsplit(url).query, keep_blank_values=True)}
    for name in (mss_a.SECRET, mss_a.TIMESTAMP):
        if name in names:
            raise ApiError(
                "ruleBroken",
                f"/callback_config/callback_url: has a query parameter {name}, which {SIGNED} is to add",
            )
    return url, {"auth_type": SIGNED, "key": config["key"]}
