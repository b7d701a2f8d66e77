"""Result files: everything whose URL an answer shows can be downloaded, is valid, and expires on the account's clock.

Files are made when they are asked for, from what the task's attributes say of them; nothing is stored. A URL is known
only to those to whom it was shown: it carries a code that follows from the account's seed.
"""

import hmac
import re
from collections.abc import Mapping
from typing import Any

import orjson
from flask import Flask, Response, request
from werkzeug.exceptions import RequestedRangeNotSatisfiable

from bodydouble.mock_server import media
from bodydouble.mock_server.clock import wall_ms
from bodydouble.mock_server.composition import Services
from bodydouble.mock_server.engine import identifiers, plans
from bodydouble.mock_server.store import accounts, tasks
from bodydouble.mock_server.store.accounts import Account
from bodydouble.mock_server.store.tasks import Task

PREFIX = "/_files"
HOUR = 3600 * 1000
# A row's number, short enough for every database.
_ROW = re.compile(r"[0-9]{1,18}")


def task_file_url(account: Account, task: Task, name: str, base_url: str | None = None) -> str:
    """The URL of one of a task's files.

    Args:
        name: a key of the task's `files` attribute; its extension says which type it has.
        base_url: how whoever reads it reaches this server; as the task's maker did if None.
    """
    return (
        f"{base_url or task.attributes['base_url']}{PREFIX}/{account.id}/{task.id}/{_code(account, task, name)}/{name}"
    )


def expiring_file_url(account: Account, task: Task, name: str, base_url: str, expires_at: int) -> str:
    """The URL of one of a task's files, for vendors that make a new one for every answer.

    Args:
        name: a key of the task's `files` attribute.
        base_url: under which whoever reads it reached the server.
        expires_at: epoch milliseconds on the account's clock.
    """
    code = _code(account, task, name, str(expires_at))
    return f"{base_url}{PREFIX}/{account.id}/{task.id}/{code}/{name}?expires={expires_at}"


def catalogue_file_url(base_url: str, vendor: str, key: str | int, name: str) -> str:
    """The URL of a file that belongs to a catalogue: public, and never expiring."""
    return f"{base_url}{PREFIX}/catalogue/{vendor}/{key}/{name}"


def available(task: Task, success: int | None, now: int) -> bool:
    """Whether a task's files can be downloaded.

    Args:
        success: when the task succeeds, epoch milliseconds; None if it never does.
    """
    valid: int | None = task.attributes.get("files_valid")
    return success is not None and success <= now and (valid is None or now < success + valid)


def _code(account: Account, task: Task, name: str, expires: str = "") -> str:
    return identifiers.hexadecimal(32, account.seed, account.id, "file", task.vendor, task.number, name, expires)


def add_file_routes(app: Flask, services: Services) -> None:
    """Serve the files."""

    def task_file(account_id: str, task_id: str, code: str, name: str) -> Response:
        connection = services.state.main.read()
        account = accounts.get(connection, account_id)
        task = tasks.by_id(connection, int(task_id)) if _ROW.fullmatch(task_id) else None
        if account is None or task is None or task.account_id != account_id or task.deleted_at is not None:
            return _refusal(404, "there is no such file")
        specification = task.attributes.get("files", {}).get(name)
        expires = request.args.get("expires", "")
        expected = _code(account, task, name, expires)
        if specification is None or not hmac.compare_digest(code.encode(), expected.encode()):
            return _refusal(404, "there is no such file")
        now = account.clock.now(wall_ms())
        success = plans.succeeds_at(task.plan, services.tasks.lifecycle(task.vendor, task.kind))
        if success is None or now < success:
            return _refusal(404, "the task has not made it yet")
        if not available(task, success, now) or (expires and now >= int(expires)):
            return _refusal(410, "the URL has expired")
        return _serve(name, specification, f"{account_id} {task_id}")

    def catalogue_file(vendor: str, key: str, name: str) -> Response:
        specification = services.vendors[vendor].catalogue_file(key, name) if vendor in services.vendors else None
        if specification is None:
            return _refusal(404, "there is no such file")
        return _serve(name, specification, f"{vendor} {key}")

    app.add_url_rule(f"{PREFIX}/<account_id>/<task_id>/<code>/<name>", view_func=task_file)
    app.add_url_rule(f"{PREFIX}/catalogue/<vendor>/<key>/<name>", view_func=catalogue_file)


def _refusal(status: int, reason: str) -> Response:
    return Response(f"{reason}\n", status, {"Content-Type": "text/plain; charset=utf-8"})


def _serve(name: str, specification: Mapping[str, Any], seed: str) -> Response:
    content = make_file(name, specification, seed)
    if content is None:
        return _refusal(404, "there is no such file")
    response = Response(content, headers={"Content-Type": media.content_type(name)})
    # Players seek by asking for ranges.
    try:
        response.make_conditional(request, accept_ranges=True, complete_length=len(content))
    except RequestedRangeNotSatisfiable:
        return Response(status=416, headers={"Content-Range": f"bytes */{len(content)}"})
    return response


def make_file(name: str, specification: Mapping[str, Any], seed: str) -> bytes | None:
    """The bytes of a file.

    Args:
        name: its extension says which type it has.
        specification: `duration` in milliseconds, `width` and `height` in pixels, `text` of subtitles, `sample_rate`,
            `content` of JSON.
        seed: what pictures are drawn from.

    Returns:
        None for a type that the double does not make.
    """
    duration = max(1, int(specification.get("duration", 2000)))
    width, height = int(specification.get("width", 1080)), int(specification.get("height", 1920))
    extension = name.rpartition(".")[2]
    if extension in ("mp4", "mov"):
        return media.mp4(duration, width, height)
    if extension == "webm":
        return media.webm(duration, width, height)
    if extension == "wav":
        return media.wav(min(duration, HOUR), int(specification.get("sample_rate", 16000)))
    if extension == "png":
        return media.png(width, height, seed)
    if extension == "ass":
        return media.ass(str(specification.get("text", "")), duration, width, height)
    if extension == "srt":
        return media.srt(str(specification.get("text", "")), duration)
    if extension == "zip":
        return media.zip_package({"cover.png": media.png(width, height, seed), "model.json": b"{}"})
    if extension == "json":
        return orjson.dumps(specification.get("content", {}))
    return None
