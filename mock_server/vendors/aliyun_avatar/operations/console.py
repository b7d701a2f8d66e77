"""控制台管理: timed-reset instances, switched on and off."""

from typing import Any

from mock_server.store.tasks import Task
from mock_server.vendor import Handlers, OperationRequest
from mock_server.vendors.aliyun_avatar import records
from mock_server.vendors.aliyun_avatar.operations.common import find, require_tenant

handlers = Handlers()


def _find(request: OperationRequest) -> Task:
    return find(request, records.TIMED_RESET, request.query["InstanceId"], "timedResetNotFound", "InstanceId")


def _switch(request: OperationRequest) -> dict[str, Any]:
    tenant, task = require_tenant(request), _find(request)
    request.services.tasks.operate(request, task, refusal="timedResetConflict")
    return {"InstanceId": task.key, "TenantId": tenant}


@handlers.writes("StartTimedResetOperate")
def start_timed_reset_operate(request: OperationRequest) -> dict[str, Any]:
    """Begin to switch an instance on."""
    return _switch(request)


@handlers.writes("CloseTimedResetOperate")
def close_timed_reset_operate(request: OperationRequest) -> dict[str, Any]:
    """Begin to switch an instance off."""
    return _switch(request)


@handlers.reads("QueryTimedResetOperateStatus")
def query_timed_reset_operate_status(request: OperationRequest) -> dict[str, Any]:
    """Say whether an instance is on, off or on its way."""
    tenant = require_tenant(request)
    return records.switch(_find(request), tenant, request.now)
