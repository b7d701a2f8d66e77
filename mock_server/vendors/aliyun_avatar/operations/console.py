"""控制台管理: timed-reset instances, switched on and off."""

from typing import Any

from bodydouble.contracts.model.lifecycle import DEFAULT_OUTCOME
from bodydouble.mock_server.engine.plans import Plan, Step
from bodydouble.mock_server.store import accounts, tasks
from bodydouble.mock_server.store.tasks import Task
from bodydouble.mock_server.vendor_api.vendor import ApiError, Handlers, OperationRequest
from bodydouble.mock_server.vendors.aliyun_avatar import records
from bodydouble.mock_server.vendors.aliyun_avatar.authentication import NAME
from bodydouble.mock_server.vendors.aliyun_avatar.catalogue import CONSOLE
from bodydouble.mock_server.vendors.aliyun_avatar.operations.common import require_tenant

handlers = Handlers()


def _instance_id(request: OperationRequest) -> str:
    instance_id: str = request.query["InstanceId"]
    if instance_id not in CONSOLE:
        raise ApiError("timedResetNotFound", f"InstanceId: this account has no timed-reset instance {instance_id}")
    return instance_id


def _find(request: OperationRequest, instance_id: str) -> Task | None:
    # An instance that nobody has switched yet is only in the catalogue.
    return tasks.get(request.connection, request.account.id, NAME, records.TIMED_RESET, instance_id)


def _first(request: OperationRequest, instance_id: str) -> Task:
    account = request.account
    return request.services.tasks.add(
        request.connection,
        account,
        NAME,
        records.TIMED_RESET,
        key=lambda _: instance_id,
        name=instance_id,
        created_at=account.created_at,
        now=request.now,
        plan=Plan(DEFAULT_OUTCOME, (Step(account.created_at, CONSOLE[instance_id]),)),
        attributes={},
    )


def _switch(request: OperationRequest) -> dict[str, Any]:
    tenant, instance_id = require_tenant(request), _instance_id(request)
    accounts.lock(request.connection, request.account.id)
    task = _find(request, instance_id) or _first(request, instance_id)
    request.services.tasks.operate(request, task, refusal="timedResetConflict")
    return {"InstanceId": instance_id, "TenantId": tenant}


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
    tenant, instance_id = require_tenant(request), _instance_id(request)
    task = _find(request, instance_id)
    return records.switch(instance_id, CONSOLE[instance_id] if task is None else task.state(request.now), tenant)
