"""6. Audio Synthesis."""

from typing import Any

from bodydouble.mock_server.engine.speech_duration import speaking_time
from bodydouble.mock_server.vendor_api.vendor import Handlers, OperationRequest
from bodydouble.mock_server.vendors.guiji import records
from bodydouble.mock_server.vendors.guiji.operations.common import callback_url, charge, find, page_of_tasks
from bodydouble.mock_server.vendors.guiji.operations.voices import require_usable

handlers = Handlers()


@handlers.writes("createAudio")
def create_audio(request: OperationRequest) -> dict[str, Any]:
    """6.1: let a voice speak a text."""
    text = request.body["content"]
    require_usable(request, request.body["speakerId"], "/speakerId")
    duration = speaking_time(text)
    task = request.services.tasks.create(
        request,
        records.AUDIO,
        key=int,
        attributes={
            "duration": duration,
            "files": {"audio.wav": {"duration": duration}, "subtitles.srt": {"text": text, "duration": duration}},
            "files_valid": records.WORKS_KEPT,
        },
        callback_url=callback_url(request),
    )
    charge(request, "ttsWordsAmount", len(text))
    return {"id": task.number, "status": records.code(task, request.now)}


@handlers.reads("listAudios")
def list_audios(request: OperationRequest) -> dict[str, Any]:
    """6.3: the account's audios, newest first."""
    return page_of_tasks(request, records.AUDIO, records.audio)


@handlers.reads("getAudio")
def get_audio(request: OperationRequest) -> dict[str, Any]:
    """6.4: one audio."""
    task = find(request, records.AUDIO, request.path["id"], "path parameter id")
    return records.audio(request.account, task, request.now)
