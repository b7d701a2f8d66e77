"""数字人实例: live instances."""

from typing import Any

from bodydouble.mock_server.engine import identifiers
from bodydouble.mock_server.store import accounts, tasks
from bodydouble.mock_server.store.tasks import Task
from bodydouble.mock_server.vendor_api.vendor import ApiError, Handlers, OperationRequest
from bodydouble.mock_server.vendors.aliyun_avatar import catalogue, records
from bodydouble.mock_server.vendors.aliyun_avatar.authentication import NAME
from bodydouble.mock_server.vendors.aliyun_avatar.catalogue import STREAMING
from bodydouble.mock_server.vendors.aliyun_avatar.operations.common import (
    find,
    find_application,
    needed,
    require_application,
    require_tenant,
    setting,
)

handlers = Handlers()

# QueryRunningInstance in the vendor's document: at most 100, newest first.
MOST_LISTED = 100


@handlers.writes("StartInstance")
def start_instance(request: OperationRequest) -> dict[str, Any]:
    """Start an instance, or answer with the one that runs already under the same BizId."""
    require_tenant(request)
    app_id = needed(request, "App").get("AppId")
    if app_id is None:
        raise ApiError("parameterEmpty", "App.AppId: required, but missing")
    find_application(request, app_id, STREAMING)
    own_channel = _has_own_channel(request)
    accounts.lock(request.connection, request.account.id)
    running = _running(request, app_id)
    business_id = request.query.get("BizId", "")
    for task in running:
        if business_id and task.name == business_id:
            return records.instance(request.account, task)
    most = setting(request, catalogue.CONCURRENCY)
    if len(running) >= most:
        raise ApiError("noIdleResource", f"App: {len(running)} instances of {app_id} run, {most} were bought")
    task = request.services.tasks.create(
        request,
        records.INSTANCE,
        key=lambda number: identifiers.hexadecimal(32, request.account.seed, request.account.id, NAME, number),
        name=business_id,
        attributes={"user": request.query.get("User"), "own_channel": own_channel},
        category=app_id,
    )
    return records.instance(request.account, task)


def _has_own_channel(request: OperationRequest) -> bool:
    channel = request.query.get("Channel", {})
    if channel.get("Type") != "RTMP":
        return False
    if not channel.get("ReqConfig", {}).get("url"):
        raise ApiError("parameterEmpty", "Channel.ReqConfig.url: required with Channel.Type RTMP, but missing")
    return True


def _running(request: OperationRequest, app_id: str) -> list[Task]:
    # A stopped instance is deleted as well, so that looking for running ones stays short.
    return tasks.every(request.connection, request.account.id, NAME, records.INSTANCE, app_id)


@handlers.writes("StopInstance")
def stop_instance(request: OperationRequest) -> dict[str, Any]:
    """Stop a running instance."""
    require_tenant(request)
    task = running_instance(request)
    request.services.tasks.operate(request, task, refusal="sessionInvalid")
    request.services.tasks.delete(request, task)
    return {"SessionId": task.key}


def running_instance(request: OperationRequest) -> Task:
    """The instance of SessionId.

    Raises:
        ApiError: parameterEmpty, or sessionInvalid if it never ran or is stopped.
    """
    return find(request, records.INSTANCE, needed(request, "SessionId"), "sessionInvalid", "SessionId")


@handlers.reads("QueryRunningInstance")
def query_running_instance(request: OperationRequest) -> list[dict[str, Any]]:
    """List an application's running instances, newest first, or look for one of them."""
    app_id = require_application(request).app_id
    wanted = request.query.get("SessionId")
    found = [task for task in _running(request, app_id) if wanted in (None, task.key)]
    return [records.running_instance(request.account, task) for task in found[:MOST_LISTED]]
