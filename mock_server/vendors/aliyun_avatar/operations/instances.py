"""Live instances (数字人实例)."""

from typing import Any

from bodydouble.contracts.model.paging import RequestedPage
from bodydouble.mock_server.store.tasks import Task
from bodydouble.mock_server.vendor_api import listing
from bodydouble.mock_server.vendor_api.handlers import Handlers
from bodydouble.mock_server.vendor_api.request import OperationRequest
from bodydouble.mock_server.vendor_api.response import ApiError
from bodydouble.mock_server.vendor_api.toolbox import Toolbox
from bodydouble.mock_server.vendors.aliyun_avatar import NAME, catalogue, names, records
from bodydouble.mock_server.vendors.aliyun_avatar.names import Errors
from bodydouble.mock_server.vendors.aliyun_avatar.operations import common

handlers = Handlers[Toolbox]()

# QueryRunningInstance in the vendor's document: at most 100, newest first.
_MAX_LISTED = 100
# As many as run; the account's setting limits them.
_ALL = RequestedPage(offset=0, size=None, number=1)


@handlers.operation("StartInstance", transaction=True)
def start_instance(request: OperationRequest, tools: Toolbox) -> dict[str, Any]:
    """Start an instance, or return the one that runs already under the same BizId."""
    common.require_tenant(request)
    app_id = common.require(request, "App").get("AppId")
    if app_id is None:
        raise ApiError(Errors.parameterEmpty, "App.AppId: required, but missing")
    common.find_application(request, app_id, catalogue.STREAMING)
    picture = request.query.get("CommandRequest", {}).get("BackGroundImageUrl")
    common.require_format(picture, common.PICTURE_FORMATS, "CommandRequest.BackGroundImageUrl")
    attributes = {"user": request.query.get("User"), "own_channel": _has_own_channel(request)}
    tools.lock_account()
    business_id = request.query.get("BizId", "")
    running = _running(tools, app_id) if business_id else ()
    task = next((task for task in running if task.name == business_id), None)
    if task is None:
        _require_idle(request, app_id, tools.tasks.count(names.INSTANCE, app_id))
        task = _start(tools, app_id, business_id, attributes)
    return records.instance(tools.tasks.view(task))


def _has_own_channel(request: OperationRequest) -> bool:
    channel = request.query.get("Channel", {})
    if channel.get("Type") != "RTMP":
        return False
    if not channel.get("ReqConfig", {}).get("url"):
        raise ApiError(Errors.parameterEmpty, "Channel.ReqConfig.url: required with Channel.Type RTMP, but missing")
    return True


def _running(tools: Toolbox, app_id: str) -> list[Task]:
    # A stopped instance is deleted as well, so that looking for running instances stays short.
    _, running = tools.tasks.page(names.INSTANCE, _ALL, app_id)
    return running


def _require_idle(request: OperationRequest, app_id: str, running: int) -> None:
    bought = common.setting(request, catalogue.CONCURRENCY)
    if running >= bought:
        raise ApiError(Errors.noIdleResource, f"App: {running} instances of {app_id} run, {bought} were bought")


def _start(tools: Toolbox, app_id: str, business_id: str, attributes: dict[str, Any]) -> Task:
    return tools.tasks.create(
        names.INSTANCE,
        key=lambda number: tools.account.identifiers.hexadecimal(32, NAME, number),
        name=business_id,
        attributes=attributes,
        category=app_id,
    )


@handlers.operation("StopInstance", transaction=True)
def stop_instance(request: OperationRequest, tools: Toolbox) -> dict[str, Any]:
    """Stop a running instance."""
    task = running_instance(request, tools)
    tools.tasks.operate(task, error=Errors.sessionInvalid)
    tools.tasks.delete(task)
    return {"SessionId": task.key}


def running_instance(request: OperationRequest, tools: Toolbox) -> Task:
    """The instance of SessionId, after the tenant was checked.

    Raises:
        ApiError: as of require_tenant; parameterEmpty; sessionInvalid if it never ran or is stopped.
    """
    common.require_tenant(request)
    session = common.require(request, "SessionId")
    return tools.tasks.find(names.INSTANCE, session, Errors.sessionInvalid, "SessionId").task


@handlers.operation("QueryRunningInstance")
def query_running_instance(request: OperationRequest, tools: Toolbox) -> list[dict[str, Any]]:
    """List an application's running instances, newest first, or look for one of them."""
    tasks = _running(tools, common.require_application(request).app_id)
    rows = listing.select(request, (records.running_instance(tools.tasks.view(task)) for task in tasks))
    return rows[:_MAX_LISTED]
