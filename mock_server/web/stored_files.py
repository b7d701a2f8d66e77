"""What the routes of result files and of uploads have in common."""

import re
from collections.abc import Mapping

from flask import Response

# A row's number, short enough for every database.
_ROW = re.compile(r"[0-9]{1,18}")


def row_id(text: str) -> int | None:
    """The number of a row that a part of a path names, or None."""
    return int(text) if _ROW.fullmatch(text) else None


def text_response(status: int, reason: str, headers: Mapping[str, str] | None = None) -> Response:
    """A response with a line of plain text."""
    return Response(f"{reason}\n", status, {"Content-Type": "text/plain; charset=utf-8", **(headers or {})})
