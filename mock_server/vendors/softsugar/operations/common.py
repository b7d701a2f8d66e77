"""What several chapters share: pages, tasks by id, making tasks."""

from collections.abc import Mapping, Sequence
from typing import Any

from bodydouble.mock_server.engine.pagination import Page, in_order
from bodydouble.mock_server.services.tasks import Choice
from bodydouble.mock_server.store import tasks
from bodydouble.mock_server.store.tasks import Task
from bodydouble.mock_server.vendor_api.vendor import ApiError, OperationRequest
from bodydouble.mock_server.vendors.softsugar import callbacks
from bodydouble.mock_server.vendors.softsugar.authentication import NAME
from bodydouble.mock_server.vendors.softsugar.population import attributes, task_id
from bodydouble.mock_server.vendors.softsugar.products import TASK, View, complete

_DEFAULT_PAGE, _DEFAULT_SIZE = 1, 10


def wanted_page(request: OperationRequest) -> Page:
    """Which part of a list the request asks for."""
    wanted = request.body or {}
    return Page(int(wanted.get("pageNo", _DEFAULT_PAGE)), int(wanted.get("pageSize", _DEFAULT_SIZE)))


def frame(page: Page, total: int, rows: Sequence[Any]) -> dict[str, Any]:
    """The frame of a page."""
    pagination = {
        "pageNo": page.number,
        "numberPages": page.count(total),
        "numberRecords": total,
        "pageSize": page.size,
        "startIndex": page.offset,
    }
    return {"pagination": pagination, "result": list(rows)}


def sort_field(request: OperationRequest) -> str | None:
    """The field that the request sorts by, if it names one."""
    return (request.body or {}).get("sortName") or None


def page_of(request: OperationRequest, rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The page of a whole list, newest first, in the order that the request asks for."""
    page, field = wanted_page(request), sort_field(request)
    if field is not None and any(field in row for row in rows):
        rows = in_order(rows, field, descending=request.body.get("sortValue") == "desc")
    return frame(page, len(rows), page.of(rows))


def by_ids(request: OperationRequest, rows: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """The rows of the ids that the request names, in its order, each once; unknown ones are left out."""
    known = {row["id"]: row for row in rows}
    return [known[number] for number in asked_ids(request) if number in known]


def asked_ids(request: OperationRequest) -> list[int]:
    """The ids that the request names, each once."""
    return list(dict.fromkeys(int(number) for number in request.body["ids"]))


def view(request: OperationRequest, task: Task) -> View:
    """A task as the sender of a request sees it."""
    return View(request.account, task, request.now, request.base_url)


def find(request: OperationRequest, number: int, field: str) -> Task:
    """A task of the account.

    Raises:
        ApiError: taskNotFound, naming the field that the id came from.
    """
    task = tasks.get(request.connection, request.account.id, NAME, TASK, str(number))
    if task is None:
        raise ApiError("taskNotFound", f"{field}: this account has no task {number}")
    return task


def of_type(request: OperationRequest, algo_type: int) -> list[Task]:
    """All tasks of a type that the account ever made, deleted ones too."""
    return tasks.search(
        request.connection,
        request.account.id,
        vendor=NAME,
        kind=TASK,
        category=str(algo_type),
        with_deleted=True,
    )


def create(request: OperationRequest, algo_type: int, name: str, choice: Choice | None = None, **fields: Any) -> int:
    """Make a task; its id.

    Args:
        algo_type: its type.
        choice: what is to become of it, if that was asked before.
        fields: of the catalogue's taskFields.
    """
    task = request.services.tasks.create(
        request,
        TASK,
        key=task_id,
        name=name,
        attributes=attributes(complete({"algoType": algo_type, **fields}), {request.operation.id: request.body}),
        callback_url=callbacks.url(request.account),
        choice=choice,
        category=str(algo_type),
    )
    return int(task.key)
