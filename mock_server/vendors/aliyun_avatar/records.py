"""How tasks and resources look on the wire: one function for each, for details, lists and events alike."""

from typing import Any

from bodydouble.contracts.model.lifecycle import Lifecycle
from bodydouble.mock_server.vendor_api.task_view import TaskView
from bodydouble.mock_server.vendors.aliyun_avatar import NAME, names

# How long the addresses of a result work (GetVideoTaskInfo in the vendor's API metadata), in milliseconds.
RESULTS_VALID = 7 * 24 * 3600 * 1000
# How long a client may join a channel: the vendor states no time.
CHANNEL_LIFE = 24 * 3600 * 1000
TYPES = {"3d": 1, "2d": 3}
# Codes of failure are not published; this is the one of the vendor's example.
FAIL_CODE = "20002"
IN_PRODUCTION, _FAILED, _DONE = "1", "2", "3"
_STAGE_REASONS = {
    names.AVATAR_CHECK_FAILED: "当前视频时长:6(s)，最小支持300(s)",  # noqa: RUF001
    names.AVATAR_REVIEW_REJECTED: "人工审核未通过",
    names.AVATAR_DECLINED: "客户取消训练",
    names.AVATAR_TRAINING_FAILED: "形象训练失败",
}
_SWITCH_WORDS = {
    names.TIMED_RESET_ON: "开机",
    names.TIMED_RESET_STARTING: "开机中",
    names.TIMED_RESET_OFF: "关机",
    names.TIMED_RESET_STOPPING: "关机中",
}


def channel(view: TaskView) -> dict[str, Any]:
    """What a client needs to pull an instance's stream."""
    task, identifiers = view.task, view.account.identifiers

    def value(length: int, name: str) -> str:
        return identifiers.hexadecimal(length, NAME, name, task.number)

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


def instance(view: TaskView) -> dict[str, Any]:
    """A running instance, as StartInstance and QueryRunningInstance show it."""
    record: dict[str, Any] = {
        "SessionId": view.task.key,
        "Token": view.account.identifiers.hexadecimal(64, NAME, "interaction token", view.task.number),
    }
    return record if view.attributes["own_channel"] else {**record, "Channel": channel(view)}


def running_instance(view: TaskView) -> dict[str, Any]:
    """A row of QueryRunningInstance."""
    user = view.attributes["user"]
    return instance(view) if user is None else {**instance(view), "User": user}


def video_result(view: TaskView, state: str) -> dict[str, Any] | None:
    """What came of a video task that is in a state; None before it ended, and once it has expired."""
    if state == names.VIDEO_FAILED:
        return {"FailReason": view.failure_reason, "FailCode": FAIL_CODE}
    if state != names.VIDEO_SUCCESS:
        return None
    urls = {field: view.file_url(name) for field, name in view.attributes["shown"].items()}
    return {**urls, "VideoDuration": view.attributes["duration"]}


def _with_result(record: dict[str, Any], view: TaskView) -> dict[str, Any]:
    result = video_result(view, view.state)
    return record if result is None else {**record, "TaskResult": result}


def video(view: TaskView) -> dict[str, Any]:
    """A video task in detail: its numbers are texts here."""
    record = {
        "TaskUuid": view.task.key,
        "Type": str(TYPES[view.attributes["model"]]),
        "Status": view.code,
        "Process": "100" if view.state in (names.VIDEO_SUCCESS, names.VIDEO_EXPIRED) else "0",
    }
    return _with_result(record, view)


def video_row(view: TaskView) -> dict[str, Any]:
    """A video task in a list: its numbers are numbers here."""
    record = {
        "TaskUuid": view.task.key,
        "Title": view.task.name,
        "Type": TYPES[view.attributes["model"]],
        "Status": int(view.code),
    }
    return _with_result(record, view)


def make_status(state: str) -> str:
    """How the making of a custom avatar stands."""
    if state == names.AVATAR_SUCCESS:
        return _DONE
    return _FAILED if state in _STAGE_REASONS else IN_PRODUCTION


def make_failure(view: TaskView, state: str) -> str | None:
    """Why the making of a custom avatar failed, if it has."""
    reason = _STAGE_REASONS.get(state)
    return None if reason is None else view.task.plan.reason or reason


def making(view: TaskView) -> dict[str, Any]:
    """How the making of a custom avatar stands, in all its fields."""
    record: dict[str, Any] = {"MakeStatus": make_status(view.state), "MakeStage": view.code}
    reason = make_failure(view, view.state)
    return record if reason is None else {**record, "MakeFailReason": reason}


def switch(lifecycle: Lifecycle, instance_id: str, state: str, tenant: int) -> dict[str, Any]:
    """A timed-reset instance of the console."""
    return {
        "InstanceId": instance_id,
        "StatusStr": _SWITCH_WORDS[state],
        "TenantId": str(tenant),
        "Status": lifecycle.states[state].code,
    }
