"""6. Audio Synthesis."""

from typing import Any

from bodydouble.mock_server.engine.speech_duration import speaking_time
from bodydouble.mock_server.vendor_api.handlers import Handlers
from bodydouble.mock_server.vendor_api.request import OperationRequest
from bodydouble.mock_server.vendor_api.toolbox import Toolbox
from bodydouble.mock_server.vendors.guiji import names, records
from bodydouble.mock_server.vendors.guiji.names import Errors
from bodydouble.mock_server.vendors.guiji.operations import common
from bodydouble.mock_server.vendors.guiji.operations.voices import require_usable

handlers = Handlers[Toolbox]()


@handlers.operation("createAudio", transaction=True)
def create_audio(request: OperationRequest, tools: Toolbox) -> dict[str, Any]:
    """6.1: let a voice speak a text."""
    text = request.body["content"]
    require_usable(tools, request.body["speakerId"], "/speakerId")
    duration = speaking_time(text)
    task = tools.tasks.create(
        names.AUDIO,
        key=int,
        attributes={"duration": duration},
        files={"audio.wav": {"duration": duration}, "subtitles.srt": {"text": text, "duration": duration}},
        files_valid=records.WORKS_KEPT,
        callback=common.callback(request, tools),
    )
    tools.quotas.consume(names.QUOTA_SPOKEN_CHARACTERS, len(text), Errors.insufficientBalance)
    return {"id": task.number, "status": tools.tasks.view(task).code}


@handlers.operation("listAudios")
def list_audios(request: OperationRequest, tools: Toolbox) -> dict[str, Any]:
    """6.3: the account's audios, newest first."""
    return common.page_of_tasks(request, tools, names.AUDIO, records.audio)


@handlers.operation("getAudio")
def get_audio(request: OperationRequest, tools: Toolbox) -> dict[str, Any]:
    """6.4: one audio."""
    return records.audio(common.find(tools, names.AUDIO, request.path["id"], "path parameter id"))
