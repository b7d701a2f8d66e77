"""Reads what `bodydouble serve --record` has written."""

import base64
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import orjson

from bodydouble.contracts.core.wire import WireRequest, WireResponse
from bodydouble.contracts.redaction.recorded_exchange import RecordedExchange


def read_lines(path: Path) -> Iterator[RecordedExchange]:
    """The exchanges of a recording.

    Raises:
        OSError: the file cannot be read.
        ValueError: a line is not an exchange.
    """
    with path.open("rb") as lines:
        for line in lines:
            yield _from_line(line)


def _from_line(line: bytes) -> RecordedExchange:
    content = orjson.loads(line)
    request, response = content["request"], content["response"]
    return RecordedExchange(
        WireRequest(
            request["method"],
            request["path"],
            request["query"],
            request["headers"],
            base64.b64decode(request["body"]),
        ),
        WireResponse(response["status"], response["headers"], base64.b64decode(response["body"])),
        datetime.fromisoformat(content["started"]),
        content["duration"],
        content["whole"],
        content["size"],
    )
