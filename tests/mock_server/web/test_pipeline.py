"""The server validates its own responses, headers included, and logs violations of the contract."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bodydouble.mock_server.vendor_api.envelope import EnvelopeRenderer
from bodydouble.mock_server.vendor_api.response import Response
from bodydouble.mock_server.vendors import load_vendors
from tests.support.in_process import InProcessServer

PATH = "/v1/project/digital-assets"


class WithoutHeaders(EnvelopeRenderer):
    """Forgets the headers of failures."""

    def failure(self, *arguments: Any) -> Response:
        return replace(super().failure(*arguments), headers={})


def test_a_response_without_a_required_header_is_logged_as_an_error(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    vendor = load_vendors()["huawei-metastudio"]
    server = InProcessServer(tmp_path, [replace(vendor, envelope=WithoutHeaders(vendor.contract))])
    assert server.http.get(PATH).status == 401
    server.close()
    (record,) = caplog.records
    assert record.levelname == "ERROR"
    message = record.getMessage()
    assert "ListAssets: its response 401 breaks the contract: header X-Request-Id: required" in message


def test_a_conforming_response_is_not_logged(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    server = InProcessServer(tmp_path, [load_vendors()["huawei-metastudio"]])
    assert server.http.get(PATH).headers["x-request-id"]
    server.close()
    assert caplog.records == []
