"""Who speaks (其他, DuplexDecision), by a small fixed rule that stands in its specification."""

import re
from typing import Any

from bodydouble.mock_server.vendor_api.handlers import Handlers
from bodydouble.mock_server.vendor_api.request import OperationRequest
from bodydouble.mock_server.vendor_api.response import ApiError
from bodydouble.mock_server.vendor_api.toolbox import Toolbox
from bodydouble.mock_server.vendors.aliyun_avatar.names import Errors
from bodydouble.mock_server.vendors.aliyun_avatar.operations import common

handlers = Handlers[Toolbox]()

_SEMANTIC, _WORDS = 0, 1
_END_OF_SENTENCE = 1
_MIN_INTERRUPTION = 4
_NOT_A_WORD = re.compile(r"[\W_]+")
_STOP = frozenset({"停", "停下", "停一下", "别说了", "不要说了", "闭嘴", "等一下", "等等", "stop", "wait", "shutup"})
_LISTENING = frozenset(
    {"嗯", "嗯嗯", "哦", "啊", "好", "好的", "对", "对的", "是", "是的", "行", "ok", "okay", "yes", "uhhuh"}
)
_BRIDGE = "嗯"


@handlers.operation("DuplexDecision")
def duplex_decision(request: OperationRequest, tools: Toolbox) -> dict[str, Any]:
    """Decide what to do while user and avatar may talk at the same time."""
    common.require_application(request)
    kind, keywords = request.query.get("InterruptType", _SEMANTIC), request.query.get("CustomKeywords", [])
    if kind == _WORDS and not keywords:
        raise ApiError(Errors.parameterEmpty, "CustomKeywords: required with InterruptType 1, but missing")
    at_end = request.query["CallTime"] == _END_OF_SENTENCE
    if request.query["DialogStatus"].startswith("USER"):
        return {"ActionType": "UNDERTAKE", "OutputText": _BRIDGE} if at_end else {"ActionType": "NO_ACTION"}
    grab = _grab(request.query["Text"], kind, keywords, at_end=at_end)
    return {"ActionType": "NO_ACTION"} if grab is None else {"ActionType": "INTERRUPT", "GrabType": grab}


def _grab(text: str, kind: int, keywords: list[str], *, at_end: bool) -> str | None:
    grab = _by_keyword(text, keywords) if kind != _SEMANTIC else None
    return _by_meaning(text, at_end) if grab is None and kind != _WORDS else grab


def _words(text: str) -> str:
    return _NOT_A_WORD.sub("", text).lower()


def _by_keyword(text: str, keywords: list[str]) -> str | None:
    if not any(keyword in text for keyword in keywords):
        return None
    alone = any(_words(keyword) == _words(text) for keyword in keywords)
    return "NO_GRAB" if alone else "GRAB"


def _by_meaning(text: str, at_end: bool) -> str | None:
    words = _words(text)
    if words in _STOP:
        return "NO_GRAB"
    if not words or words in _LISTENING or not (at_end or len(words) >= _MIN_INTERRUPTION):
        return None
    return "GRAB"
