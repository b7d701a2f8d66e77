"""The bars of the layout, and the table of who may import whom; import-linter itself runs in `make lint`."""

import ast
import statistics
from collections.abc import Iterator
from pathlib import Path

import pytest

from docs import architecture_table

ROOT = Path(__file__).parents[1]
PACKAGES = ("contracts", "mock_server")
MAX_MODULE_LINES, MAX_MEDIAN_FUNCTION_LINES = 400, 8


def _modules(*folders: str) -> Iterator[Path]:
    for folder in folders:
        # What npm has installed, such as Prism for the benchmark, is not ours.
        yield from (path for path in (ROOT / folder).rglob("*.py") if "node_modules" not in path.parts)


def _functions(module: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(ast.parse(module.read_text())):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def _imported(module: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(module.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module


def test_the_table_of_packages_is_generated_from_the_configuration_of_import_linter() -> None:
    text = architecture_table.PAGE.read_text()
    assert text == architecture_table.page(text), "run: make docs"


def test_the_contracts_do_not_know_the_mock_server_not_even_as_text() -> None:
    files = [path for path in (ROOT / "contracts").rglob("*") if path.is_file() and path.suffix != ".pyc"]
    assert len(files) > 50
    assert [path for path in files if b"mock_server" in path.read_bytes()] == []


@pytest.mark.parametrize(("package", "limit"), [("contracts", 11), ("mock_server", 17)])
def test_a_package_has_few_entries(package: str, limit: int) -> None:
    entries = [path.name for path in (ROOT / package).iterdir() if path.name != "__pycache__"]
    assert len(entries) <= limit, sorted(entries)


def test_no_module_is_long() -> None:
    lines = {
        path: path.read_text().count("\n") for path in _modules(*PACKAGES, "bench", "src", "tests", "docs", "examples")
    }
    assert {path: length for path, length in lines.items() if length > MAX_MODULE_LINES} == {}


def test_the_median_function_is_short() -> None:
    lengths = [
        function.end_lineno - function.lineno + 1
        for module in _modules(*PACKAGES)
        for function in _functions(module)
        if function.end_lineno is not None
    ]
    assert statistics.median(lengths) <= MAX_MEDIAN_FUNCTION_LINES


def test_nothing_is_imported_by_the_bare_name_of_a_folder() -> None:
    bare = [
        (module.relative_to(ROOT), name)
        for module in _modules("bench", "contracts", "docs", "examples", "mock_server", "specs", "src", "tests")
        for name in _imported(module)
        if name.split(".")[0] in (*PACKAGES, "specs")
    ]
    assert bare == []
