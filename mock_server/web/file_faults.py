"""Faults of result files: which strike a download, and what becomes of its response."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from flask import Response, request

from bodydouble.mock_server.engine.faults import StruckFault, Target
from bodydouble.mock_server.store import scenarios
from bodydouble.mock_server.store.database import Database
from bodydouble.mock_server.store.scenarios import ANY, Call
from bodydouble.mock_server.vendor_api import response as vendor_response
from bodydouble.mock_server.vendor_api.task_view import TaskView
from bodydouble.mock_server.web.faults.damaged_response import FAULTS, send_damaged
from bodydouble.mock_server.web.stored_files import text_response
from bodydouble.mock_server.web.wsgi import send_response

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

_MISSING, _FORBIDDEN, _SLOW = "missingFile", "forbiddenFile", "slowFile"
# Statuses of responses that have a part of the file.
_WITH_CONTENT = (200, 206)


def strike_file(database: Database, view: TaskView, name: str, available_at: int) -> StruckFault | None:
    """The oldest fault that strikes a download of a task's file; None if there is none.

    Args:
        name: of the file.
        available_at: epoch milliseconds on the account's clock since which there is the file.
    """
    if not view.account.scenario_count:
        return None
    task = view.task
    call = Call(view.account.id, task.vendor, ANY, view.now, task.name, (name,))
    with database.write() as connection:
        fits = partial(_fits, view.now - available_at)
        return next(iter(scenarios.strike(connection, call, Target.FILE, fits)), None)


def _fits(age: int, fault: Mapping[str, Any]) -> bool:
    """Whether a fault can strike a file that has been there for some milliseconds."""
    return fault["kind"] != _FORBIDDEN or age < int(fault["seconds"] * 1000)


def rejected(fault: StruckFault | None) -> Response | None:
    """The response of a fault that refuses the file; None of one that does not."""
    if fault is None or fault.kind not in (_MISSING, _FORBIDDEN):
        return None
    request.environ[FAULTS] = (fault,)
    status, reason = (404, "there is no such file") if fault.kind == _MISSING else (403, "access denied")
    return text_response(status, reason)


def damaged(response: Response, fault: StruckFault | None) -> Response:
    """A download as the fault that strikes it leaves it."""
    if fault is None or response.status_code not in _WITH_CONTENT:
        return response
    return _DamagedDownload(response, fault)


class _DamagedDownload(Response):
    """A download that goes out as a fault wants it."""

    def __init__(self, whole: Response, fault: StruckFault) -> None:
        super().__init__(whole.get_data(), whole.status, whole.headers)
        whole.close()
        self._fault = fault

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        if environ["REQUEST_METHOD"] == "HEAD":
            return super().__call__(environ, start_response)
        content = vendor_response.Text("", self.headers["Content-Type"])
        headers = {name: value for name, value in self.headers if name not in ("Content-Type", "Content-Length")}
        response = vendor_response.Response(self.status_code, content, headers, (_on_the_wire(self._fault),))
        return send_damaged(environ, start_response, response, self.get_data(), send_response)


def _on_the_wire(fault: StruckFault) -> StruckFault:
    """The fault of a response that does the same."""
    if fault.kind == _SLOW:
        return replace(fault, kind="drip")
    return replace(fault, kind="truncated", parameters={**fault.parameters, "length": "whole"})
