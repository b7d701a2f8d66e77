"""The page of what is covered."""

import importlib.util
import re
from pathlib import Path
from types import ModuleType

DOCS = Path(__file__).parents[2] / "docs"


def _generator() -> ModuleType:
    specification = importlib.util.spec_from_file_location("coverage_page", DOCS / "coverage.py")
    assert specification is not None
    assert specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


def test_the_page_is_what_the_generator_writes() -> None:
    assert _generator().PAGE.read_text() == _generator().page(), "run: make docs"


def test_every_operation_of_alibaba_is_proved_by_its_sdk() -> None:
    rows = re.findall(r"^\| `(\w+)` \| .*#Action=.* \| (\w+) \|$", _generator().page(), re.MULTILINE)
    assert len(rows) == 30
    assert {proved for _, proved in rows} == {"yes"}
