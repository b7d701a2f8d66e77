"""消息: what the avatar of a running instance says and does."""

from typing import Any
from xml.etree import ElementTree

from bodydouble.mock_server.store import accounts, tasks
from bodydouble.mock_server.store.tasks import Task
from bodydouble.mock_server.vendor_api.vendor import ApiError, Handlers, OperationRequest
from bodydouble.mock_server.vendors.aliyun_avatar import records
from bodydouble.mock_server.vendors.aliyun_avatar.authentication import NAME
from bodydouble.mock_server.vendors.aliyun_avatar.operations.common import (
    callback_url,
    require_harmless,
    require_speakable,
    require_tenant,
    spoken,
)
from bodydouble.mock_server.vendors.aliyun_avatar.operations.instances import running_instance

handlers = Handlers()

LONGEST_CODE = 64


@handlers.writes("SendText")
def send_text(request: OperationRequest) -> dict[str, Any]:
    """Speak a text."""
    session = _session(request)
    require_speakable(request.query["Text"], "Text")
    _record(request, session, request.query["UniqueCode"], "UniqueCode", callback_url(request, "Feedback"))
    return {"SessionId": session.key, "UniqueCode": request.query["UniqueCode"]}


@handlers.writes("SendVaml")
def send_vaml(request: OperationRequest) -> dict[str, Any]:
    """Act a VAML document; the answer repeats the code that stands in it."""
    session = _session(request)
    code = _vaml_code(request.query["Vaml"], "Vaml")
    message = _record(request, session, code, "Vaml", None)
    return {"SessionId": session.key, "UniqueCode": code or str(message.number)}


@handlers.writes("SendCommand")
def send_command(request: OperationRequest) -> dict[str, Any]:
    """Obey a command. Only INTERRUPT is supported so far, and it causes no events."""
    session = _session(request)
    if request.query["Code"] != "INTERRUPT":
        raise ApiError("commandUnsupported", f"Code: {request.query['Code']} is not supported yet")
    callback_url(request, "Feedback")
    _record(request, session, request.query["UniqueCode"], "UniqueCode", None)
    return {"SessionId": session.key, "UniqueCode": request.query["UniqueCode"]}


@handlers.writes("SendMessage")
def send_message(request: OperationRequest) -> dict[str, Any]:
    """Speak a text, or act a VAML document, in the older form."""
    session = _session(request)
    text, vaml = request.query.get("TextRequest"), request.query.get("VAMLRequest")
    if text is not None:
        code = text.get("Id", "")
        _check_speech(text)
    elif vaml is not None:
        if "Vaml" not in vaml:
            raise ApiError("parameterEmpty", "VAMLRequest.Vaml: required, but missing")
        code = _vaml_code(vaml["Vaml"], "VAMLRequest.Vaml")
    else:
        raise ApiError("parameterEmpty", "TextRequest or VAMLRequest: one is required, but both are missing")
    url = callback_url(request, "Feedback")
    if url is not None and not code:
        raise ApiError("uniqueCodeMissing", "TextRequest.Id: required with Feedback, but missing")
    _record(request, session, code, "TextRequest.Id", url)
    return {"SessionId": session.key}


def _session(request: OperationRequest) -> Task:
    require_tenant(request)
    return running_instance(request)


def _check_speech(text: dict[str, Any]) -> None:
    if text.get("CommandType", "START") != "START":
        return
    if "SpeechText" not in text:
        raise ApiError("parameterEmpty", "TextRequest.SpeechText: required to START, but missing")
    require_speakable(text["SpeechText"], "TextRequest.SpeechText")


def _vaml_code(document: str, field: str) -> str:
    # The grammar is not public; what is asked for is one element. Declarations could make it grow without bound.
    if "<!" in document:
        raise ApiError("parameterIllegal", f"{field}: an element without declarations is expected")
    try:
        code = ElementTree.fromstring(document).get("uniqueCode", "")
    except (ElementTree.ParseError, ValueError) as error:
        raise ApiError("parameterIllegal", f"{field}: cannot be read: {error}") from error
    require_harmless(spoken(document), field)
    if len(code) > LONGEST_CODE:
        raise ApiError("parameterIllegal", f"{field}: uniqueCode: at most {LONGEST_CODE} characters")
    return code


def _record(request: OperationRequest, session: Task, code: str, field: str, url: str | None) -> Task:
    accounts.lock(request.connection, request.account.id)
    # A code that the caller gave and one that is made for a message without any cannot meet.
    if code and tasks.get(request.connection, request.account.id, NAME, records.MESSAGE, _key(session, code)):
        raise ApiError("uniqueCodeUsed", f"{field}: {code} was sent to this instance before")
    return request.services.tasks.create(
        request,
        records.MESSAGE,
        key=lambda number: _key(session, code) if code else f"{session.key} {number}",
        attributes={"session": session.key, "unique_code": code},
        callback_url=url,
    )


def _key(session: Task, code: str) -> str:
    return f"{session.key}/{code}"
