"""Timed-reset instances (控制台管理), switched on and off."""

from typing import Any

from bodydouble.contracts.model.lifecycle import DEFAULT_OUTCOME
from bodydouble.mock_server.engine.plans import Plan, Step
from bodydouble.mock_server.store.tasks import Task
from bodydouble.mock_server.vendor_api.handlers import Handlers
from bodydouble.mock_server.vendor_api.request import OperationRequest
from bodydouble.mock_server.vendor_api.response import ApiError
from bodydouble.mock_server.vendor_api.toolbox import Toolbox
from bodydouble.mock_server.vendors.aliyun_avatar import names, records
from bodydouble.mock_server.vendors.aliyun_avatar.catalogue import CONSOLE
from bodydouble.mock_server.vendors.aliyun_avatar.names import Errors
from bodydouble.mock_server.vendors.aliyun_avatar.operations import common

handlers = Handlers[Toolbox]()


@handlers.operation("StartTimedResetOperate", transaction=True)
@handlers.operation("CloseTimedResetOperate", transaction=True)
def switch(request: OperationRequest, tools: Toolbox) -> dict[str, Any]:
    """Begin to switch an instance on or off: the lifecycle has an edge for each operation."""
    tenant, instance_id = common.require_tenant(request), _instance_id(request)
    tools.lock_account()
    task = tools.tasks.get(names.TIMED_RESET, instance_id) or _record(tools, instance_id)
    tools.tasks.operate(task, error=Errors.timedResetConflict)
    return {"InstanceId": instance_id, "TenantId": tenant}


@handlers.operation("QueryTimedResetOperateStatus")
def query_timed_reset_operate_status(request: OperationRequest, tools: Toolbox) -> dict[str, Any]:
    """Say whether an instance is on, off or on its way."""
    tenant, instance_id = common.require_tenant(request), _instance_id(request)
    # An instance that nobody has switched yet is only in the catalogue.
    task = tools.tasks.get(names.TIMED_RESET, instance_id)
    state = CONSOLE[instance_id] if task is None else task.state(tools.now)
    return records.switch(tools.tasks.lifecycle(names.TIMED_RESET), instance_id, state, tenant)


def _instance_id(request: OperationRequest) -> str:
    instance_id: str = request.query["InstanceId"]
    if instance_id not in CONSOLE:
        raise ApiError(Errors.timedResetNotFound, f"InstanceId: this account has no timed-reset instance {instance_id}")
    return instance_id


def _record(tools: Toolbox, instance_id: str) -> Task:
    created_at = tools.account.created_at
    return tools.tasks.record(
        names.TIMED_RESET,
        key=lambda _: instance_id,
        name=instance_id,
        created_at=created_at,
        plan=Plan(DEFAULT_OUTCOME, (Step(created_at, CONSOLE[instance_id]),)),
        attributes={},
    )
