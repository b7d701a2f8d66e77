"""The server holds its own answers to the contract, headers included, and says so where they break it."""

from dataclasses import replace
from pathlib import Path

import pytest

from bodydouble.mock_server.vendors import load_vendors
from tests.support.in_process import InProcess

PATH = "/v1/project/digital-assets"


def test_an_answer_without_a_required_header_is_logged_as_an_error(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    vendor = load_vendors()["huawei-metastudio"]
    forgetful = replace(vendor, failure=lambda *given: replace(vendor.failure(*given), headers={}))
    server = InProcess(tmp_path, [forgetful])
    assert server.http.get(PATH).status == 401
    server.close()
    (record,) = caplog.records
    assert record.levelname == "ERROR"
    assert "ListAssets answers 401 against its contract: header X-Request-Id: required" in record.getMessage()


def test_an_answer_that_keeps_the_contract_is_not_logged(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    server = InProcess(tmp_path, [load_vendors()["huawei-metastudio"]])
    assert server.http.get(PATH).headers["x-request-id"]
    server.close()
    assert caplog.records == []
