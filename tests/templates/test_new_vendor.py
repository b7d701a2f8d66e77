"""`make new-vendor` makes a vendor that works at once: a specification, a package and its tests, nothing else."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from templates.new_vendor import NameRefused, make

ROOT = Path(__file__).parents[2]
LEFT_OUT = shutil.ignore_patterns(".git", ".venv", "__pycache__", ".*_cache", ".hypothesis", "dist", "node_modules")
PROGRAM = """
from bodydouble.mock_server.settings import Settings
from bodydouble.mock_server.web.app import create_app, load_services

services = load_services(Settings(state="state.db"))
services.prepare()
create_app(services)
assert "acme-labs" in services.vendors
"""


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the repository with one more vendor."""
    copy = tmp_path_factory.mktemp("checkout") / "bodydouble"
    shutil.copytree(ROOT, copy, symlinks=True, ignore=LEFT_OUT)
    make("acme-labs", copy)
    return copy


def run(checkout: Path, *arguments: str) -> None:
    # Without the recording of the outer session: the tests in there have one of their own.
    environment = {name: value for name, value in os.environ.items() if not name.startswith("BODYDOUBLE_")}
    environment |= {"PYTHONPATH": str(checkout / "src"), "PYTHONDONTWRITEBYTECODE": "1"}
    ended = subprocess.run(
        [sys.executable, *arguments], cwd=checkout, env=environment, capture_output=True, text=True, check=False
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr


def test_the_server_loads_it(checkout: Path) -> None:
    run(checkout, "-c", PROGRAM)


def test_its_own_tests_and_those_of_its_specification_pass(checkout: Path) -> None:
    paths = ("tests/mock_server/vendors/acme_labs", "tests/specs", "tests/mock_server/vendor_api/test_vendor.py")
    run(checkout, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-k", "acme or collide", *paths)


@pytest.mark.parametrize("name", ["", "Acme", "acme_labs", "-acme", "acme-", "a/b", "../acme"])
def test_an_invalid_name_is_rejected(name: str, tmp_path: Path) -> None:
    with pytest.raises(NameRefused, match="lower-case words joined by hyphens"):
        make(name, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_an_existing_vendor_is_not_overwritten(tmp_path: Path) -> None:
    make("acme-labs", tmp_path)
    with pytest.raises(NameRefused, match="specs/acme-labs exists"):
        make("acme-labs", tmp_path)


def test_nothing_of_the_templates_name_is_left(tmp_path: Path) -> None:
    for path in make("other-cloud", tmp_path):
        assert "acme" not in (tmp_path / path).read_text().lower(), path
