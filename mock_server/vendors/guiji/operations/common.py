"""What several chapters share: pages, quotas, callback URLs, consent."""

import re
from collections.abc import Callable, Sequence
from typing import Any

from bodydouble.mock_server.engine import plans
from bodydouble.mock_server.engine.pagination import Page
from bodydouble.mock_server.store import quotas, tasks
from bodydouble.mock_server.store.accounts import Account
from bodydouble.mock_server.store.tasks import Task
from bodydouble.mock_server.vendor_api.vendor import ApiError, OperationRequest
from bodydouble.mock_server.vendors.guiji import records
from bodydouble.mock_server.vendors.guiji.authentication import NAME

Record = Callable[[Account, Task, int], dict[str, Any]]

# The fixed texts (vendor document, lines 229 and 472); the two names are variable.
AVATAR_CONSENT = re.compile(r"I am \S.*\. I consent \S.* clone my avatar for the synthesis of video\.")
VOICE_CONSENT = re.compile(r"I am \S.*\. I consent \S.* clone my voice for the synthesis of audio\.")


def _wanted(request: OperationRequest) -> Page:
    return Page(int(request.body["page"]), int(request.body["size"]))


def _frame(page: Page, total: int, records_of_page: Sequence[Any]) -> dict[str, Any]:
    return {"pageSize": page.size, "pageNo": page.number, "totalRecord": total, "records": list(records_of_page)}


def page_of(request: OperationRequest, rows: Sequence[Any]) -> dict[str, Any]:
    """The page of a whole list that the request asks for."""
    page = _wanted(request)
    return _frame(page, len(rows), page.of(rows))


def page_of_tasks(request: OperationRequest, kind: str, record: Record) -> dict[str, Any]:
    """The page of an account's tasks of a kind that the request asks for, newest first."""
    page = _wanted(request)
    total, found = tasks.page(request.connection, request.account.id, NAME, kind, offset=page.offset, limit=page.size)
    return _frame(page, total, [record(request.account, task, request.now) for task in found])


def find(request: OperationRequest, kind: str, key: str | int, field: str) -> Task:
    """A task of the account.

    Raises:
        ApiError: resourceNotFound, naming the field that the key came from.
    """
    task = tasks.get(request.connection, request.account.id, NAME, kind, str(key))
    if task is None:
        raise ApiError("resourceNotFound", f"{field}: this account has no {kind} {key}")
    return task


def charge(request: OperationRequest, quota: str, amount: int) -> None:
    """Use some of a quota.

    Raises:
        ApiError: insufficientBalance.
    """
    if not quotas.reserve(request.connection, request.account.id, NAME, quota, amount):
        raise ApiError("insufficientBalance", f"{quota}: {amount} needed, less than that left")


def callback_url(request: OperationRequest) -> str | None:
    """Where the result shall be sent.

    Raises:
        ApiError: callbackUrlRefused, if the operator does not allow its host.
    """
    url: str | None = request.body.get("callbackUrl")
    if url is not None:
        objection = request.services.guard.objection(url)
        if objection is not None:
            raise ApiError("callbackUrlRefused", f"/callbackUrl: {objection}")
    return url


def consent_again(request: OperationRequest, task: Task, consent: re.Pattern[str]) -> None:
    """Take in a later consent for what a task made. One that was taken in before and can be verified is kept."""
    kept = task.attributes["authorization"] or verification(request, consent)
    tasks.set_attributes(request.connection, task.id, {**task.attributes, "authorization": kept})
    request.cause = task.id


def verification(request: OperationRequest, consent: re.Pattern[str]) -> dict[str, Any] | None:
    """The plan of verifying a consent, to store; None when its text is not the fixed one: it stays unverified."""
    if not consent.fullmatch(request.body["authorizeText"].strip()):
        return None
    lifecycle = request.services.tasks.lifecycle(NAME, records.AUTHORIZATION)
    return plans.make(lifecycle, request.now, request.account.tempo).to_json()
