"""4. Rapid Voice Cloning, and 7.2 Historical Audio Authorization."""

from typing import Any
from urllib.parse import urlsplit

from bodydouble.mock_server.engine.speech_duration import speaking_time
from bodydouble.mock_server.store import tasks
from bodydouble.mock_server.vendor_api.vendor import ApiError, Handlers, OperationRequest
from bodydouble.mock_server.vendors.guiji import records
from bodydouble.mock_server.vendors.guiji.authentication import NAME
from bodydouble.mock_server.vendors.guiji.catalogue import VOICES
from bodydouble.mock_server.vendors.guiji.operations.common import (
    VOICE_CONSENT,
    callback_url,
    charge,
    consent_again,
    find,
    page_of,
    verification,
)

handlers = Handlers()


@handlers.writes("createVoiceClone")
def create_voice_clone(request: OperationRequest) -> dict[str, Any]:
    """4.1: clone a voice from a WAV recording."""
    _require_wav(request.body["audioUrl"])
    task = request.services.tasks.create(
        request,
        records.VOICE,
        key=lambda number: f"C_{number}",
        name=request.body["name"],
        attributes={
            "audio_url": request.body["audioUrl"],
            "sex": request.body.get("sex"),
            "authorization": verification(request, VOICE_CONSENT),
            "files": {"audition.wav": {"duration": speaking_time(request.body["name"])}},
        },
        callback_url=callback_url(request),
    )
    charge(request, "voiceCloneAmount", 1)
    return records.voice(request.account, task, request.now)


@handlers.reads("listVoiceClones")
def list_voice_clones(request: OperationRequest) -> dict[str, Any]:
    """4.3: the account's cloned voices, newest first, by sex, status and time of expiry."""
    wanted = request.body
    rows = [
        records.voice(request.account, task, request.now)
        for task in tasks.every(request.connection, request.account.id, NAME, records.VOICE)
    ]
    return page_of(
        request,
        [
            row
            for row in rows
            if wanted.get("sex") in (None, row["sex"])
            and wanted.get("status") in (None, row["status"])
            and _expires_between(row["expireTime"], wanted.get("expireStartTime"), wanted.get("expireEndTime"))
        ],
    )


@handlers.reads("getVoiceClone")
def get_voice_clone(request: OperationRequest) -> dict[str, Any]:
    """4.4: one cloned voice."""
    task = find(request, records.VOICE, request.path["speakerId"], "path parameter speakerId")
    return records.voice(request.account, task, request.now)


@handlers.writes("authorizeVoice")
def authorize_voice(request: OperationRequest) -> bool:
    """7.2: give consent for a cloned voice later; the result shows in 4.4."""
    speaker = request.body["speakerId"]
    if speaker in VOICES:
        return True
    consent_again(request, find(request, records.VOICE, speaker, "/speakerId"), VOICE_CONSENT)
    return True


def require_usable(request: OperationRequest, speaker: str, field: str) -> None:
    """Hold a voice that shall speak to being a public one or a trained, unexpired clone of the account.

    Raises:
        ApiError: resourceNotFound or voiceUnavailable.
    """
    if speaker in VOICES:
        return
    task = tasks.get(request.connection, request.account.id, NAME, records.VOICE, speaker)
    if task is None:
        raise ApiError("resourceNotFound", f"{field}: neither a public voice nor a clone of this account: {speaker}")
    state = task.state(request.now)
    if state != "success":
        raise ApiError("voiceUnavailable", f"{field}: the voice is {state}")


def _require_wav(url: str) -> None:
    try:
        name = urlsplit(url).path.rpartition("/")[2]
    except ValueError as error:
        raise ApiError("audioUrlInvalid", f"/audioUrl: not a usable URL: {error}") from error
    if "." in name and not name.lower().endswith(".wav"):
        raise ApiError("audioUrlInvalid", f"/audioUrl: WAV format only, not {name.rpartition('.')[2]}")


def _expires_between(expiry: str | None, start: str | None, end: str | None) -> bool:
    # The format sorts as text, which also keeps days that no calendar has from being an error.
    if start is None and end is None:
        return True
    return expiry is not None and (start is None or expiry >= start) and (end is None or expiry <= end)
