"""The page of what is covered."""

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

from bodydouble import load_contract
from bodydouble.mock_server.vendors import load_vendors
from tests.integration.test_endpoints import TARGETS

DOCS = Path(__file__).parents[2] / "docs"


@pytest.fixture(scope="module")
def generator() -> ModuleType:
    """The module that writes the page."""
    specification = importlib.util.spec_from_file_location("coverage_page", DOCS / "coverage.py")
    assert specification is not None
    assert specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


def test_the_page_is_what_the_generator_writes(generator: ModuleType) -> None:
    assert generator.PAGE.read_text() == generator.page(), "run: make docs"


@pytest.mark.parametrize("vendor", ["aliyun-avatar", "huawei-metastudio"])
def test_every_operation_of_a_vendor_with_an_sdk_is_called_by_it(generator: ModuleType, vendor: str) -> None:
    assert generator.sdk_operations(vendor) == load_contract(vendor).operations.keys()


def test_an_operation_that_no_sdk_has_called_is_shown_as_such(
    generator: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    called = tmp_path / "called.txt"
    called.write_text("aliyun-avatar StartInstance\n")
    monkeypatch.setattr(generator, "SDK_OPERATIONS", called)
    page = generator.page()
    assert "| `StartInstance` | POST `/#Action=StartInstance` | yes |" in page
    assert "| `StopInstance` | POST `/#Action=StopInstance` | no |" in page
    assert "| `createVideo` | POST `/openapi/video/v3/simpleCreate` | no SDK |" in page


def test_every_vendor_of_the_page_is_contract_tested() -> None:
    assert load_vendors().keys() <= {target.name for target in TARGETS}
