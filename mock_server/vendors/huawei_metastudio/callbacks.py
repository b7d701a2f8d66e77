"""What the two callbacks carry (vendor document, lines 2095 to 2130), and what their URLs are signed with."""

from collections.abc import Mapping

from bodydouble.mock_server.vendor_api.callback_event import CallbackEvent
from bodydouble.mock_server.vendor_api.response import Json
from bodydouble.mock_server.vendors.huawei_metastudio import names, records


def body(event: CallbackEvent) -> Json:
    """The payload of a callback about a job that has ended."""
    view = event.task
    is_video = view.task.kind == names.VIDEO_JOB
    return {
        "result": "SUCCEED" if event.state in view.lifecycle.successes else "FAILED",
        "asset_id": records.output_asset_id(event.account, view.task) if is_video else "",
        "job_id": view.task.key,
    }


def signing_parts(event: CallbackEvent) -> Mapping[str, str] | None:
    """The client's key, if the client asks for signed callbacks."""
    return {"key": event.context["key"]} if "key" in event.context else None
