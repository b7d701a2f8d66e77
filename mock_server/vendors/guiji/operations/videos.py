"""5. Video Synthesis."""

from typing import Any

from bodydouble.mock_server.engine.sizes import Size, parse_size
from bodydouble.mock_server.engine.speech_duration import UNKNOWN_RECORDING, speaking_time
from bodydouble.mock_server.vendor_api.handlers import Handlers
from bodydouble.mock_server.vendor_api.request import OperationRequest
from bodydouble.mock_server.vendor_api.toolbox import Cost, Toolbox
from bodydouble.mock_server.vendors.guiji import names, records
from bodydouble.mock_server.vendors.guiji.catalogue import AVATARS
from bodydouble.mock_server.vendors.guiji.names import Errors
from bodydouble.mock_server.vendors.guiji.operations import common
from bodydouble.mock_server.vendors.guiji.operations.avatars import find_trained
from bodydouble.mock_server.vendors.guiji.operations.voices import require_usable

handlers = Handlers[Toolbox]()


@handlers.operation("createVideo", transaction=True)
def create_video(request: OperationRequest, tools: Toolbox) -> dict[str, Any]:
    """5.1: let an avatar speak a recording, or (if there is none) a text."""
    width, height = _frame_size(tools, int(request.body["sceneId"]))
    audio_url = request.body.get("audioUrl")
    text = "" if audio_url else request.body["text"]
    if not audio_url:
        require_usable(tools, request.body["speakerId"], "/speakerId")
    duration = UNKNOWN_RECORDING if audio_url else speaking_time(text)
    frame = {"duration": duration, "width": width, "height": height}
    task = tools.tasks.create(
        names.VIDEO,
        key=int,
        name=request.body.get("videoName", ""),
        attributes={"duration": duration},
        files={"video.mp4": frame, "cover.png": frame, "subtitles.srt": {"text": text, "duration": duration}},
        files_valid=records.WORKS_KEPT,
        callback=common.callback(request, tools),
        cost=Cost({names.QUOTA_VIDEO_SECONDS: duration}, Errors.insufficientBalance),
    )
    return {"videoId": task.number}


@handlers.operation("listVideos")
def list_videos(request: OperationRequest, tools: Toolbox) -> dict[str, Any]:
    """5.3: the account's videos, newest first."""
    return common.page_of_tasks(request, tools, names.VIDEO, records.video)


@handlers.operation("getVideo")
def get_video(request: OperationRequest, tools: Toolbox) -> dict[str, Any]:
    """5.4: one video."""
    return records.video(common.find(tools, names.VIDEO, request.path["id"], "path parameter id"))


def _frame_size(tools: Toolbox, scene: int) -> Size:
    if scene in AVATARS:
        return parse_size(AVATARS[scene]["resolution"])
    find_trained(tools, scene, "/sceneId")
    return 1080, 1920
