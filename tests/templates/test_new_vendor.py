"""`make new-vendor` creates a vendor that works at once, and that the whole suite tests automatically."""

import itertools
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from templates.new_vendor import MAX_LENGTH, NameRefused, make, next_steps, write_pages

ROOT = Path(__file__).parents[2]
LEFT_OUT = shutil.ignore_patterns(".git", ".venv", "__pycache__", ".*_cache", ".hypothesis", "dist", "node_modules")
# Not a vendor of any checkout.
NAME = next(name for name in map("trial-{}".format, itertools.count(1)) if not (ROOT / "specs" / name).exists())
PACKAGE = NAME.replace("-", "_")
FORM = "lower-case words joined by hyphens"
MAX_LINE = 120
# The files that list vendors; of these files, all tests or those of the new vendor.
SUITE = (
    f"tests/mock_server/vendors/{PACKAGE}",
    "tests/contracts/endpoint/test_lifecycle_watch.py",
    "tests/contracts/model",
    "tests/contracts/receiver/test_run.py",
    "tests/crosscheck/test_planted_violations.py",
    "tests/docs/test_coverage_page.py",
    "tests/docs/test_readme.py",
    "tests/mock_server/vendor_api/test_vendor.py",
    "tests/mock_server/web/test_vendor_paths.py",
    "tests/specs",
    "tests/test_checked.py",
)
SELECTED = f"{NAME} or {PACKAGE} or test_documents or test_readme or test_coverage_page or test_vendor_paths or 405"
# The endpoint tester with few requests: tests/integration/test_endpoints.py sends many.
CHECKED = f"""
import pytest

from bodydouble.contracts.endpoint.run import EndpointOptions, run
from bodydouble.contracts.model.loader import load_contract
from bodydouble.testing import Account
from tests.integration.test_endpoints import TARGETS
from tests.support.vendor_support import known_values


@pytest.mark.process
def test_the_endpoint_of_{PACKAGE}_conforms_to_its_contract(account: Account) -> None:
    credentials = account.credentials("{NAME}")
    options = EndpointOptions(seed=1, examples=5, scenarios=3, known=known_values("{NAME}", account))
    report = run(load_contract("{NAME}"), account.base_url, credentials, options)
    assert (report.findings, report.errors, report.untested) == ((), (), ()), str(report)
    assert report.operations.keys() == load_contract("{NAME}").operations.keys()
    assert [target.operations for target in TARGETS if target.name == "{NAME}"] == [len(report.operations)]
"""


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the repository with one more vendor."""
    copy = tmp_path_factory.mktemp("checkout") / "bodydouble"
    shutil.copytree(ROOT, copy, symlinks=True, ignore=LEFT_OUT)
    make(NAME, copy)
    return copy


def run(checkout: Path, *arguments: str) -> str:
    # Nothing of the outer session: neither its recording nor its number of a worker.
    outer = ("BODYDOUBLE_", "PYTEST_")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(outer)}
    environment |= {"PYTHONPATH": str(checkout / "src"), "PYTHONDONTWRITEBYTECODE": "1"}
    ended = subprocess.run(
        [sys.executable, *arguments], cwd=checkout, env=environment, capture_output=True, text=True, check=False
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return ended.stdout


def test_what_the_suite_tests_of_every_vendor_passes(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", str(checkout / "src"))
    write_pages(checkout)
    (checkout / "tests" / "test_checked.py").write_text(CHECKED)
    output = run(checkout, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-k", SELECTED, "-rA", *SUITE)
    for path in SUITE:
        assert re.search(rf"^PASSED {path}", output, re.MULTILINE), f"nothing tested in {path}"


def test_the_next_steps_name_files_that_exist(checkout: Path) -> None:
    paths = re.findall(rf"[a-z_/]+/(?:{NAME}|{PACKAGE})[a-z_/.]*", next_steps(NAME))
    assert len(paths) >= 5
    assert [path for path in paths if not (checkout / path).exists()] == []


def test_the_command_says_why_it_rejects_a_name() -> None:
    command = [sys.executable, str(ROOT / "templates" / "new_vendor.py"), "guiji"]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stderr.partition(": ")[0]) == (1, "NAME='guiji'")


@pytest.mark.parametrize("name", ["", "Acme", "acme_labs", "-acme", "acme-", "a/b", "../acme", "a" * (MAX_LENGTH + 1)])
def test_an_invalid_name_is_rejected(name: str, tmp_path: Path) -> None:
    with pytest.raises(NameRefused, match=FORM):
        make(name, tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["class", "account", "any"])
def test_a_name_that_python_or_the_template_uses_is_rejected(name: str, tmp_path: Path) -> None:
    with pytest.raises(NameRefused, match="a word of Python, or of the template"):
        make(name, tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["guiji", "in-process", "control"])
def test_an_existing_file_is_not_overwritten(name: str, checkout: Path) -> None:
    before = sorted(checkout.rglob("*"))
    with pytest.raises(NameRefused, match="exists"):
        make(name, checkout)
    assert sorted(checkout.rglob("*")) == before


def test_nothing_of_the_templates_name_is_left(tmp_path: Path) -> None:
    for path in make("other-cloud", tmp_path):
        assert "acme" not in (tmp_path / path).read_text().lower(), path
        assert "acme" not in str(path)


@pytest.mark.parametrize("name", ["z", "acme-cloud", "m" * 14 + "-" + "m" * (MAX_LENGTH - 15)])
def test_the_lines_fit_and_the_imports_are_in_order_whatever_the_name(name: str, tmp_path: Path) -> None:
    """As `make lint` requires of them: ruff is not installed for tests."""
    for path in make(name, tmp_path):
        text = (tmp_path / path).read_text()
        if path.suffix == ".py":
            assert [line for line in text.splitlines() if len(line) > MAX_LINE] == [], path
            for block in imports(text):
                assert block == sorted(block), path


def imports(text: str) -> Iterator[list[str]]:
    """The modules of each block of imports."""
    for block in text.split("\n\n"):
        modules = re.findall(r"^from (\S+) import", block, re.MULTILINE)
        if modules:
            yield modules


def test_every_file_of_the_template_explains_itself(tmp_path: Path) -> None:
    for path in make(NAME, tmp_path):
        text = (tmp_path / path).read_text()
        assert text.startswith('"""' if path.suffix == ".py" else "#"), path
