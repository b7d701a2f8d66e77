"""Result files: everything whose URL a response shows can be downloaded, is valid, and expires on the account's clock.

Files are rendered on request, from what the task says of them; nothing is stored. A URL cannot be
guessed: it carries a code that follows from the account's seed.
"""

import hmac
import json
from collections.abc import Mapping
from typing import Any
from weakref import WeakValueDictionary

from flask import Flask, Response, request

from bodydouble.mock_server import media
from bodydouble.mock_server.clock import wall_ms
from bodydouble.mock_server.composition import Services
from bodydouble.mock_server.media.render import render
from bodydouble.mock_server.store import accounts, tasks
from bodydouble.mock_server.vendor_api.file_urls import AT_ONCE, PREFIX, file_code
from bodydouble.mock_server.vendor_api.task_view import TaskView
from bodydouble.mock_server.web.conditional_files import StoredFile, download
from bodydouble.mock_server.web.file_faults import damaged, rejected, strike_file
from bodydouble.mock_server.web.stored_files import row_id, text_response

# What a catalogue shows has always been there; some time must be said.
_CATALOGUE_TIME = 1_704_067_200_000
_DOWNLOADS: WeakValueDictionary[tuple[str, str, str, int], StoredFile] = WeakValueDictionary()


def add_file_routes(app: Flask, services: Services) -> None:
    """Serve the files."""

    def task_file(account_id: str, task_id: str, code: str, name: str) -> Response:
        connection = services.state.main.read()
        account = accounts.get(connection, account_id)
        row = row_id(task_id)
        task = tasks.by_id(connection, row) if row is not None else None
        if account is None or task is None or task.account_id != account_id or task.deleted_at is not None:
            return text_response(404, "there is no such file")
        specification = task.runtime.files.get(name)
        expires = request.args.get("expires", "")
        expected = file_code(account, task, name, expires)
        if specification is None or not hmac.compare_digest(code.encode(), expected.encode()):
            return text_response(404, "there is no such file")
        now = account.clock.now(wall_ms())
        view = TaskView(account, task, services.tasks.lifecycles(task.vendor), now, base_url="")
        if not specification.get(AT_ONCE):
            if not view.has_succeeded:
                return text_response(404, "the task has not made it yet")
            if not view.has_files or (expires and now >= int(expires)):
                return text_response(410, "the URL has expired")
        available_at = task.created_at if specification.get(AT_ONCE) else view.succeeds_at or task.created_at
        fault = strike_file(services.state.main, view, name, available_at)
        return rejected(fault) or damaged(_serve(name, specification, f"{account_id} {task_id}", available_at), fault)

    def catalogue_file(vendor: str, key: str, name: str) -> Response:
        specification = services.vendors[vendor].catalogue_file(key, name) if vendor in services.vendors else None
        if specification is None:
            return text_response(404, "there is no such file")
        return _serve(name, specification, f"{vendor} {key}", _CATALOGUE_TIME)

    app.add_url_rule(f"{PREFIX}/<account_id>/<task_id>/<code>/<name>", view_func=task_file)
    app.add_url_rule(f"{PREFIX}/catalogue/<vendor>/<key>/<name>", view_func=catalogue_file)


def _serve(name: str, specification: Mapping[str, Any], seed: str, modified_at: int) -> Response:
    # A large file is made once for all who download it at the same time.
    key = (name, json.dumps(specification, sort_keys=True, default=str), seed, modified_at)
    file = _DOWNLOADS.get(key)
    if file is None:
        content = render(name, specification, seed)
        if content is None:
            return text_response(404, "there is no such file")
        file = _DOWNLOADS[key] = StoredFile(content, media.content_type(name), modified_at)
    return download(file, request.method, request.headers)
