"""What the avatar of a running instance says and does (消息)."""

from typing import Any

from bodydouble.mock_server.engine.speech_duration import without_tags
from bodydouble.mock_server.store.task_runtime import CallbackTarget
from bodydouble.mock_server.store.tasks import Task
from bodydouble.mock_server.vendor_api.handlers import Handlers
from bodydouble.mock_server.vendor_api.request import OperationRequest
from bodydouble.mock_server.vendor_api.response import ApiError
from bodydouble.mock_server.vendor_api.toolbox import Toolbox
from bodydouble.mock_server.vendors.aliyun_avatar import names
from bodydouble.mock_server.vendors.aliyun_avatar.names import Errors
from bodydouble.mock_server.vendors.aliyun_avatar.operations import common
from bodydouble.mock_server.vendors.aliyun_avatar.operations.instances import running_instance

handlers = Handlers[Toolbox]()

_MAX_CODE = 64


@handlers.operation("SendText", transaction=True)
def send_text(request: OperationRequest, tools: Toolbox) -> dict[str, Any]:
    """Speak a text."""
    session, code = running_instance(request, tools), request.query["UniqueCode"]
    common.require_speakable(request.query["Text"], "Text")
    _record(tools, session, code, "UniqueCode", common.callback(request, "Feedback"))
    return {"SessionId": session.key, "UniqueCode": code}


@handlers.operation("SendVaml", transaction=True)
def send_vaml(request: OperationRequest, tools: Toolbox) -> dict[str, Any]:
    """Act a VAML document; the response repeats the code that stands in it."""
    session = running_instance(request, tools)
    code = _vaml_code(request.query["Vaml"], "Vaml")
    message = _record(tools, session, code, "Vaml")
    return {"SessionId": session.key, "UniqueCode": code or str(message.number)}


@handlers.operation("SendCommand", transaction=True)
def send_command(request: OperationRequest, tools: Toolbox) -> dict[str, Any]:
    """Obey a command. Only INTERRUPT is supported so far, and it causes no events."""
    session, code = running_instance(request, tools), request.query["UniqueCode"]
    if request.query["Code"] != "INTERRUPT":
        raise ApiError(Errors.commandUnsupported, f"Code: {request.query['Code']} is not supported yet")
    common.callback(request, "Feedback")
    _record(tools, session, code, "UniqueCode")
    return {"SessionId": session.key, "UniqueCode": code}


@handlers.operation("SendMessage", transaction=True)
def send_message(request: OperationRequest, tools: Toolbox) -> dict[str, Any]:
    """Speak a text, or act a VAML document, in the older form."""
    session, code = running_instance(request, tools), _message_code(request)
    target = common.callback(request, "Feedback")
    if target is not None and not code:
        raise ApiError(Errors.uniqueCodeMissing, "TextRequest.Id: required with Feedback, but missing")
    _record(tools, session, code, "TextRequest.Id", target)
    return {"SessionId": session.key}


def _message_code(request: OperationRequest) -> str:
    text, vaml = request.query.get("TextRequest"), request.query.get("VAMLRequest")
    if text is not None:
        _check_speech(text)
        return str(text.get("Id", ""))
    if vaml is None:
        raise ApiError(Errors.parameterEmpty, "TextRequest or VAMLRequest: one is required, but both are missing")
    if "Vaml" not in vaml:
        raise ApiError(Errors.parameterEmpty, "VAMLRequest.Vaml: required, but missing")
    return _vaml_code(vaml["Vaml"], "VAMLRequest.Vaml")


def _check_speech(text: dict[str, Any]) -> None:
    if text.get("CommandType", "START") != "START":
        return
    if "SpeechText" not in text:
        raise ApiError(Errors.parameterEmpty, "TextRequest.SpeechText: required to START, but missing")
    common.require_speakable(text["SpeechText"], "TextRequest.SpeechText")


def _vaml_code(document: str, field: str) -> str:
    # The grammar is not public; what is asked for is one element. Declarations could make it grow without bound.
    if "<!" in document:
        raise ApiError(Errors.parameterIllegal, f"{field}: an element without declarations is expected")
    # Imported here, so that a start without such messages does not wait for it.
    from xml.etree import ElementTree

    try:
        code = ElementTree.fromstring(document).get("uniqueCode", "")
    except (ElementTree.ParseError, ValueError) as error:
        raise ApiError(Errors.parameterIllegal, f"{field}: cannot be read: {error}") from error
    common.require_harmless(without_tags(document), field)
    if len(code) > _MAX_CODE:
        raise ApiError(Errors.parameterIllegal, f"{field}: uniqueCode: at most {_MAX_CODE} characters")
    return code


def _record(tools: Toolbox, session: Task, code: str, field: str, target: CallbackTarget | None = None) -> Task:
    tools.lock_account()
    # A code that the caller gave and a code that is made for a message without any cannot meet.
    key = f"{session.key}/{code}"
    if code and tools.tasks.get(names.MESSAGE, key):
        raise ApiError(Errors.uniqueCodeUsed, f"{field}: {code} was sent to this instance before")
    return tools.tasks.create(
        names.MESSAGE,
        key=lambda number: key if code else f"{session.key} {number}",
        attributes={"session": session.key, "unique_code": code},
        callback=target,
    )
