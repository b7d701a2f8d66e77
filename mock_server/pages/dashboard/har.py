"""Journal entries as an HTTP archive (HAR 1.2), which browsers and other tools read."""

import io
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from http import HTTPStatus
from importlib import metadata
from typing import Any
from urllib.parse import parse_qsl

import harfile

from bodydouble.contracts.core.wire import JSON

_UNKNOWN = -1
_REASONS = {status.value: status.phrase for status in HTTPStatus}


def har_of(entries: Sequence[Mapping[str, Any]], base_url: str) -> str:
    """The archive, as text.

    Args:
        entries: of the control plane's journal, which has no secrets and no headers of responses.
        base_url: of the server; begins every URL.
    """
    text = io.StringIO()
    with harfile.HarFile(text, creator=harfile.Creator("bodydouble", metadata.version("bodydouble"))) as har:
        for entry in entries:
            har.add_entry(
                startedDateTime=datetime.fromtimestamp(entry["real"] / 1000, UTC),
                time=entry["duration"],
                request=_request(entry, base_url.rstrip("/")),
                response=_response(entry),
                timings=harfile.Timings(send=0, wait=entry["duration"], receive=0),
            )
    return text.getvalue()


def _request(entry: Mapping[str, Any], base_url: str) -> harfile.Request:
    headers, body = entry["request_headers"], entry["request_body"]
    return harfile.Request(
        method=entry["method"],
        url=base_url + entry["path"] + (f"?{entry['query']}" if entry["query"] else ""),
        httpVersion="HTTP/1.1",
        headers=[harfile.Record(name, value) for name, value in headers.items()],
        queryString=[
            harfile.Record(*pair) for pair in parse_qsl(entry["query"], keep_blank_values=True, errors="replace")
        ],
        postData=harfile.PostData(mimeType=headers.get("content-type", ""), text=body) if body else None,
        headersSize=_UNKNOWN,
        bodySize=len(body.encode()),
        comment="; ".join(violation["message"] for violation in entry["violations"]) or None,
    )


def _response(entry: Mapping[str, Any]) -> harfile.Response:
    body = entry["response_body"]
    size = len(body.encode())
    return harfile.Response(
        status=entry["status"],
        statusText=_REASONS.get(entry["status"], ""),
        httpVersion="HTTP/1.1",
        headers=[],
        content=harfile.Content(size=size, mimeType=JSON, text=body),
        redirectURL="",
        headersSize=_UNKNOWN,
        bodySize=size,
    )
