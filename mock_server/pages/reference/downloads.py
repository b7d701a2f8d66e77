"""The specifications as files."""

import json

from flask import Blueprint, Response

from bodydouble.contracts.model.documents import specifications
from bodydouble.mock_server.pages.reference.lookup import vendor_or_404


def add_downloads(pages: Blueprint) -> None:
    """Add the files of a vendor: as written, as JSON, and as JSON without extensions."""

    @pages.get("/<vendor>/openapi.yaml")
    def yaml(vendor: str) -> Response:
        name = vendor_or_404(vendor).name
        content = specifications().joinpath(name, "openapi.yaml").read_bytes()
        return Response(content, content_type="application/yaml; charset=utf-8")

    @pages.get("/<vendor>/openapi.json")
    def as_json(vendor: str) -> Response:
        return _json(vendor_or_404(vendor).content)

    @pages.get("/<vendor>/openapi-plain.json")
    def plain_json(vendor: str) -> Response:
        return _json(vendor_or_404(vendor).plain_content)


def _json(content: object) -> Response:
    text = json.dumps(content, ensure_ascii=False, indent=1)
    return Response(text, content_type="application/json; charset=utf-8")
