"""How tasks and resources look on the wire: one function for each, for details, lists and events alike."""

from typing import Any

from bodydouble.contracts.model.loader import load_contract
from bodydouble.mock_server.engine import identifiers
from bodydouble.mock_server.store.accounts import Account
from bodydouble.mock_server.store.tasks import Task
from bodydouble.mock_server.vendors.aliyun_avatar.authentication import NAME
from bodydouble.mock_server.web.file_routes import task_file_url

INSTANCE, VIDEO, AVATAR, MESSAGE, DEVICE, TIMED_RESET = (
    "instance",
    "videoTask",
    "avatar",
    "message",
    "device",
    "timedReset",
)
_LIFECYCLES = load_contract(NAME).lifecycles
# How long the addresses of a result work (GetVideoTaskInfo in the vendor's API metadata), in milliseconds.
RESULTS_KEPT = 7 * 24 * 3600 * 1000
# How long a client may join a channel: the vendor states no time.
CHANNEL_LIFE = 24 * 3600 * 1000
TYPES = {"3d": 1, "2d": 3}
# Codes of failure are not published; this is the one of the vendor's example.
FAIL_CODE = "20002"
_MAKING, _FAILED, _MADE = "1", "2", "3"
_STAGE_REASONS = {
    "checkFailed": "当前视频时长:6(s)，最小支持300(s)",  # noqa: RUF001
    "reviewRejected": "人工审核未通过",
    "declined": "客户取消训练",
    "trainingFailed": "形象训练失败",
}
_SWITCH_WORDS = {"on": "开机", "starting": "开机中", "off": "关机", "stopping": "关机中"}


def code(task: Task, state: str) -> int | str:
    """What the wire shows for a state of a task."""
    return _LIFECYCLES[task.kind].states[state].code


def failure_reason(task: Task) -> str:
    """Why a task fails."""
    if task.plan.reason:
        return task.plan.reason
    return f"{task.plan.outcome} by the double's plan"


def channel(account: Account, task: Task) -> dict[str, Any]:
    """What a client needs to pull an instance's stream."""

    def value(length: int, name: str) -> str:
        return identifiers.hexadecimal(length, account.seed, account.id, NAME, name, task.number)

    return {
        "ChannelId": str(task.number),
        "Token": value(64, "channel token"),
        "Type": "6",
        "ExpiredTime": str(task.created_at + CHANNEL_LIFE),
        "Nonce": f"CK-{value(32, 'channel nonce')}",
        "UserId": value(16, "channel user"),
        "AppId": value(16, "channel application").upper(),
        "UserInfoInChannel": "{}",
        "Gslb": ["https://rgslb.example.com"],
    }


def instance(account: Account, task: Task) -> dict[str, Any]:
    """A running instance, as StartInstance and QueryRunningInstance show it."""
    shown: dict[str, Any] = {
        "SessionId": task.key,
        "Token": identifiers.hexadecimal(64, account.seed, account.id, NAME, "interaction token", task.number),
    }
    if not task.attributes["own_channel"]:
        shown["Channel"] = channel(account, task)
    return shown


def running_instance(account: Account, task: Task) -> dict[str, Any]:
    """A row of QueryRunningInstance."""
    shown = instance(account, task)
    if task.attributes["user"] is not None:
        shown["User"] = task.attributes["user"]
    return shown


def video_result(account: Account, task: Task, state: str) -> dict[str, Any] | None:
    """What came of a video task that is in a state; None before it ended, and once it has expired."""
    if state == "failed":
        return {"FailReason": failure_reason(task), "FailCode": FAIL_CODE}
    if state != "success":
        return None
    names = task.attributes["shown"]
    result: dict[str, Any] = {field: task_file_url(account, task, name) for field, name in names.items()}
    return {**result, "VideoDuration": task.attributes["duration"]}


def _with_result(shown: dict[str, Any], account: Account, task: Task, state: str) -> dict[str, Any]:
    result = video_result(account, task, state)
    return shown if result is None else {**shown, "TaskResult": result}


def video(account: Account, task: Task, now: int) -> dict[str, Any]:
    """A video task in detail: its numbers are texts here."""
    state = task.state(now)
    shown = {
        "TaskUuid": task.key,
        "Type": str(TYPES[task.attributes["model"]]),
        "Status": code(task, state),
        "Process": "100" if state in ("success", "expired") else "0",
    }
    return _with_result(shown, account, task, state)


def video_row(account: Account, task: Task, now: int) -> dict[str, Any]:
    """A video task in a list: its numbers are numbers here."""
    state = task.state(now)
    shown = {
        "TaskUuid": task.key,
        "Title": task.name,
        "Type": TYPES[task.attributes["model"]],
        "Status": int(code(task, state)),
    }
    return _with_result(shown, account, task, state)


def make_status(state: str) -> str:
    """How the making of a custom avatar stands."""
    if state == "success":
        return _MADE
    return _FAILED if state in _STAGE_REASONS else _MAKING


def make_failure(task: Task, state: str) -> str | None:
    """Why the making of a custom avatar failed, if it has."""
    reason = _STAGE_REASONS.get(state)
    return None if reason is None else task.plan.reason or reason


def making(task: Task, now: int) -> dict[str, Any]:
    """How the making of a custom avatar stands, in all its fields."""
    state = task.state(now)
    shown: dict[str, Any] = {"MakeStatus": make_status(state), "MakeStage": code(task, state)}
    reason = make_failure(task, state)
    return shown if reason is None else {**shown, "MakeFailReason": reason}


def switch(instance_id: str, state: str, tenant: int) -> dict[str, Any]:
    """A timed-reset instance of the console."""
    return {
        "InstanceId": instance_id,
        "StatusStr": _SWITCH_WORDS[state],
        "TenantId": str(tenant),
        "Status": _LIFECYCLES[TIMED_RESET].states[state].code,
    }
