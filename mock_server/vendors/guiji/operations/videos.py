"""5. Video Synthesis."""

from typing import Any

from bodydouble.mock_server.engine.speech_duration import UNKNOWN_RECORDING, speaking_time
from bodydouble.mock_server.vendor_api.vendor import Handlers, OperationRequest
from bodydouble.mock_server.vendors.guiji import records
from bodydouble.mock_server.vendors.guiji.catalogue import AVATARS
from bodydouble.mock_server.vendors.guiji.operations.avatars import find_trained
from bodydouble.mock_server.vendors.guiji.operations.common import callback_url, find, page_of_tasks
from bodydouble.mock_server.vendors.guiji.operations.voices import require_usable

handlers = Handlers()


@handlers.writes("createVideo")
def create_video(request: OperationRequest) -> dict[str, Any]:
    """5.1: let an avatar speak a recording, or (if there is none) a text."""
    scene = int(request.body["sceneId"])
    width, height = _frame_size(request, scene)
    audio_url = request.body.get("audioUrl")
    text = "" if audio_url else request.body["text"]
    if not audio_url:
        require_usable(request, request.body["speakerId"], "/speakerId")
    duration = UNKNOWN_RECORDING if audio_url else speaking_time(text)
    frame = {"duration": duration, "width": width, "height": height}
    task = request.services.tasks.create(
        request,
        records.VIDEO,
        key=int,
        name=request.body.get("videoName", ""),
        attributes={
            "duration": duration,
            "files": {"video.mp4": frame, "cover.png": frame, "subtitles.srt": {"text": text, "duration": duration}},
            "files_valid": records.WORKS_KEPT,
        },
        callback_url=callback_url(request),
        reserved={"fastDuration": duration},
        quota_case="insufficientBalance",
    )
    return {"videoId": task.number}


@handlers.reads("listVideos")
def list_videos(request: OperationRequest) -> dict[str, Any]:
    """5.3: the account's videos, newest first."""
    return page_of_tasks(request, records.VIDEO, records.video)


@handlers.reads("getVideo")
def get_video(request: OperationRequest) -> dict[str, Any]:
    """5.4: one video."""
    task = find(request, records.VIDEO, request.path["id"], "path parameter id")
    return records.video(request.account, task, request.now)


def _frame_size(request: OperationRequest, scene: int) -> tuple[int, int]:
    avatar = AVATARS.get(scene)
    if avatar is not None:
        return avatar.size
    find_trained(request, scene, "/sceneId")
    return 1080, 1920
