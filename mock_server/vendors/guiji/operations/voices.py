"""4. Rapid Voice Cloning, and 7.2 Historical Audio Authorization."""

from typing import Any

from bodydouble.mock_server.engine.speech_duration import speaking_time
from bodydouble.mock_server.store.task_lists import Entry
from bodydouble.mock_server.vendor_api.handlers import Handlers
from bodydouble.mock_server.vendor_api.local_time import first_from, last_until
from bodydouble.mock_server.vendor_api.media_formats import why_unsuitable
from bodydouble.mock_server.vendor_api.request import OperationRequest
from bodydouble.mock_server.vendor_api.response import ApiError
from bodydouble.mock_server.vendor_api.toolbox import Toolbox
from bodydouble.mock_server.vendors.guiji import names, records
from bodydouble.mock_server.vendors.guiji.catalogue import VOICES
from bodydouble.mock_server.vendors.guiji.names import Errors
from bodydouble.mock_server.vendors.guiji.operations import common

handlers = Handlers[Toolbox]()

_BY_SEX = "$request.body#/sex"
_EXPIRES_FROM, _EXPIRES_UNTIL = "expireStartTime", "expireEndTime"
_BY_EXPIRY = tuple(f"$request.body#/{name}" for name in (_EXPIRES_FROM, _EXPIRES_UNTIL))


@handlers.operation("createVoiceClone", transaction=True)
def create_voice_clone(request: OperationRequest, tools: Toolbox) -> dict[str, Any]:
    """4.1: clone a voice from a WAV recording."""
    _require_wav(request.body["audioUrl"])
    task = tools.tasks.create(
        names.VOICE,
        key=lambda number: f"C_{number}",
        name=request.body["name"],
        attributes={
            "audio_url": request.body["audioUrl"],
            "sex": request.body.get("sex"),
            "authorization": common.verification(request, tools, common.VOICE_CONSENT),
        },
        category=_of_sex(request),
        files={"audition.wav": {"duration": speaking_time(request.body["name"])}},
        callback=common.callback(request, tools),
    )
    tools.quotas.consume(names.QUOTA_VOICES, 1, Errors.insufficientBalance)
    return records.voice(tools.tasks.view(task))


@handlers.operation("listVoiceClones")
def list_voice_clones(request: OperationRequest, tools: Toolbox) -> dict[str, Any]:
    """4.3: the account's cloned voices, newest first, by sex, status and time of expiry."""
    sex = _of_sex(request)
    known = _BY_EXPIRY if sex is None else (_BY_SEX, *_BY_EXPIRY)
    return common.page_of_tasks(
        request, tools, names.VOICE, records.voice, category=sex, apart_from=known, entry=_expiry(request)
    )


def _expiry(request: OperationRequest) -> Entry | None:
    # A voice shows when it expires as soon as it is trained.
    start, end = request.body.get(_EXPIRES_FROM), request.body.get(_EXPIRES_UNTIL)
    if start is None and end is None:
        return None
    times = {
        "from_at": None if start is None else first_from(start),
        "until_at": None if end is None else last_until(end),
    }
    return Entry(names.VOICE_EXPIRED, before=(names.VOICE_SUCCESS,), **times)


def _of_sex(request: OperationRequest) -> str | None:
    # The category of voices.
    sex = request.body.get("sex")
    return None if sex is None else str(int(sex))


@handlers.operation("getVoiceClone")
def get_voice_clone(request: OperationRequest, tools: Toolbox) -> dict[str, Any]:
    """4.4: one cloned voice."""
    return records.voice(common.find(tools, names.VOICE, request.path["speakerId"], "path parameter speakerId"))


@handlers.operation("authorizeVoice", transaction=True)
def authorize_voice(request: OperationRequest, tools: Toolbox) -> bool:
    """7.2: give consent for a cloned voice later; the result shows in 4.4."""
    speaker = request.body["speakerId"]
    if speaker not in VOICES:
        voice = common.find(tools, names.VOICE, speaker, "/speakerId").task
        common.consent_again(request, tools, voice, common.VOICE_CONSENT)
    return True


def require_usable(tools: Toolbox, speaker: str, field: str) -> None:
    """Require a voice to be a public one, or a trained and unexpired clone of the account.

    Raises:
        ApiError: resourceNotFound or voiceUnavailable.
    """
    if speaker in VOICES:
        return
    task = tools.tasks.get(names.VOICE, speaker)
    if task is None:
        detail = f"{field}: neither a public voice nor a clone of this account: {speaker}"
        raise ApiError(Errors.resourceNotFound, detail)
    state = task.state(tools.now)
    if state != names.VOICE_SUCCESS:
        raise ApiError(Errors.voiceUnavailable, f"{field}: the voice is {state}")


def _require_wav(url: str) -> None:
    reason = why_unsuitable(url, ("wav",))
    if reason is not None:
        raise ApiError(Errors.audioUrlInvalid, f"/audioUrl: {reason}")
