"""What the two callbacks carry (vendor document, lines 2095 to 2130), and what their URLs are signed with."""

from collections.abc import Mapping

from bodydouble.mock_server.vendor_api.vendor import CallbackEvent, Json
from bodydouble.mock_server.vendors.huawei_metastudio import records

SIGNED = "MSS_A"
_GOOD_ENDS = ("succeed", "generated")


def body(event: CallbackEvent) -> Json:
    """The payload of a callback about a job that has ended."""
    if event.task is None:
        raise ValueError(f"{event.callback.id} announces the end of a job")
    is_video = event.task.kind == records.VIDEO_JOB
    return {
        "result": "SUCCEED" if event.task_state in _GOOD_ENDS else "FAILED",
        "asset_id": records.output_asset_id(event.account, event.task) if is_video else "",
        "job_id": event.task.key,
    }


def signing_parts(event: CallbackEvent) -> Mapping[str, str] | None:
    """The client's key, if it wants its callbacks signed."""
    if event.context.get("auth_type") != SIGNED:
        return None
    return {"key": event.context["key"]}
