"""The five public catalogues (vendor document, lines 251-985), each as a list and by ids."""

from collections.abc import Mapping, Sequence
from typing import Any

from bodydouble.mock_server.vendor_api.handlers import Handlers
from bodydouble.mock_server.vendor_api.request import OperationRequest
from bodydouble.mock_server.vendor_api.toolbox import Toolbox
from bodydouble.mock_server.vendors.softsugar.catalogue import MATERIALS, Material
from bodydouble.mock_server.vendors.softsugar.operations import common

handlers = Handlers[Toolbox]()


def _serve(name: str, materials: Sequence[Material]) -> None:
    @handlers.operation(f"listPublic{name}")
    def list_all(request: OperationRequest, tools: Toolbox) -> dict[str, Any]:
        return common.page_of(request, [material.record(request.base_url) for material in materials])

    @handlers.operation(f"getPublic{name}")
    def get_some(request: OperationRequest, tools: Toolbox) -> list[Mapping[str, Any]]:
        by_id = {material.entry["id"]: material for material in materials}
        return [by_id[number].record(request.base_url) for number in common.requested_ids(request) if number in by_id]


for _chapter, _materials in MATERIALS.items():
    _serve(_chapter[0].upper() + _chapter[1:], _materials)
