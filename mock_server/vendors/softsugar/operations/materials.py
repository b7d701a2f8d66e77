"""The five public catalogues (vendor document, lines 251-985), each as a list and by ids."""

from collections.abc import Mapping
from typing import Any

from bodydouble.mock_server.vendor_api.vendor import Handlers, OperationRequest
from bodydouble.mock_server.vendors.softsugar import catalogue
from bodydouble.mock_server.vendors.softsugar.operations.common import by_ids, page_of

handlers = Handlers()

_CHAPTERS = {
    "Avatars": catalogue.AVATARS,
    "QidVoices": catalogue.QID_VOICES,
    "LegacyVoices": catalogue.LEGACY_VOICES,
    "VideoTemplates": catalogue.VIDEO_TEMPLATES,
    "LiveScripts": catalogue.LIVE_SCRIPTS,
}


def _serve(name: str, chapter: str) -> None:
    @handlers.reads(f"listPublic{name}")
    def list_all(request: OperationRequest) -> dict[str, Any]:
        return page_of(request, catalogue.materials(chapter, request.base_url))

    @handlers.reads(f"getPublic{name}")
    def get_some(request: OperationRequest) -> list[Mapping[str, Any]]:
        return by_ids(request, catalogue.materials(chapter, request.base_url))


for _name, _chapter in _CHAPTERS.items():
    _serve(_name, _chapter)
