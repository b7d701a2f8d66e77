"""The wheel, without the checkout that it was built from."""

import subprocess
import sys
import sysconfig
import zipfile
from importlib import metadata
from os import environ
from pathlib import Path

import pytest
from hatchling.builders.wheel import WheelBuilder

pytestmark = pytest.mark.process

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "src" / "bodydouble"
# Every kind of data: specifications, vocabulary, catalogues, templates of media and of pages.
PROGRAM = """
from pathlib import Path
import sys
import bodydouble
from bodydouble.contracts.model import documents
from bodydouble.mock_server import media
from bodydouble.mock_server.web.app import load_services
from bodydouble.mock_server.settings import Settings

assert Path(bodydouble.__file__).is_relative_to(sys.prefix), bodydouble.__file__
services = load_services(Settings(state="state.db"))
assert {*services.vendors, "control"} == set(documents.names())
assert media.mp4(1000, 1080, 1920)[4:8] == b"ftyp" and media.webm(1000, 1920, 1080)
"""
# A project whose own packages are named as the folders of Bodydouble are.
PROJECT = {
    "contracts/__init__.py": "OWNER = 'the project'\n",
    "specs/__init__.py": "OWNER = 'the project'\n",
    "mock_server/__init__.py": "OWNER = 'the project'\n",
    "tests/test_the_project.py": """
import sys
from pathlib import Path

import bodydouble
import contracts
import mock_server
import specs
from bodydouble.testing import Account


def test_the_packages_of_the_project_are_its_own():
    assert {contracts.OWNER, specs.OWNER, mock_server.OWNER} == {"the project"}
    assert Path(contracts.__file__).is_relative_to(Path.cwd())


def test_bodydouble_is_the_installed_one():
    assert Path(bodydouble.__file__).is_relative_to(sys.prefix)


def test_the_mock_server_runs_beside_them(bodydouble: Account):
    assert bodydouble.http.get("/_mock/health").status == 200
    assert bodydouble.describe()["clock"]["mode"] == "frozen"
    assert bodydouble.http.get("/openapi/oauth/token").json["code"] != "0"
""",
}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A freshly built wheel."""
    built = WheelBuilder(str(ROOT)).build(directory=str(tmp_path_factory.mktemp("wheel")), versions=["standard"])
    return Path(next(iter(built)))


@pytest.fixture(scope="module")
def python(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The interpreter of a new environment in which the wheel is installed, with this environment's dependencies."""
    folder = tmp_path_factory.mktemp("environment")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True)
    interpreter = folder / "bin" / "python"
    install = ["-m", "pip", "--python", str(interpreter), "install", "--quiet", "--no-index", "--no-deps", str(wheel)]
    subprocess.run([sys.executable, *install], check=True)
    _link_dependencies(folder)
    return interpreter


def _link_dependencies(environment: Path) -> None:
    """Make this environment's packages importable in another, except Bodydouble and what would plug into pytest."""
    folder = environment / "dependencies"
    folder.mkdir()
    for path in Path(sysconfig.get_path("purelib")).iterdir():
        if "bodydouble" not in path.name and path.suffix != ".pth" and not _is_plugin(path):
            (folder / path.name).symlink_to(path)
    (site_packages,) = environment.glob("lib/python*/site-packages")
    (site_packages / "dependencies.pth").write_text(f"{folder}\n")


def _is_plugin(path: Path) -> bool:
    return path.suffix == ".dist-info" and bool(metadata.Distribution.at(path).entry_points.select(group="pytest11"))


def _run(python: Path, folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    variables = {name: value for name, value in environ.items() if not name.startswith(("PYTHON", "PYTEST"))}
    return subprocess.run(
        [python, *arguments], cwd=folder, env=variables, capture_output=True, text=True, check=False, timeout=120
    )


def test_the_wheel_holds_every_file_of_its_packages_and_one_import_name(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = {name for name in archive.namelist() if ".dist-info/" not in name}
    folders = (PACKAGE, *(path for path in PACKAGE.iterdir() if path.is_dir()))
    files = {path for folder in folders for path in folder.rglob("*") if path.is_file()}
    expected = {path.relative_to(PACKAGE.parent).as_posix() for path in files if "__pycache__" not in path.parts}
    assert names == expected
    assert {Path(name).suffix for name in names} >= {".py", ".yaml", ".json", ".mp4", ".webm", ".jinja", ".typed"}
    assert {name.partition("/")[0] for name in names} == {"bodydouble"}


@pytest.mark.parametrize("arguments", [("-c", PROGRAM), ("-m", "bodydouble", "specs")], ids=["library", "command"])
def test_the_wheel_works_without_the_checkout(python: Path, arguments: tuple[str, ...], tmp_path: Path) -> None:
    ended = _run(python, tmp_path, *arguments)
    assert ended.returncode == 0, ended.stderr + ended.stdout


def test_a_project_with_packages_of_the_same_names_uses_the_plugin(python: Path, tmp_path: Path) -> None:
    for name, content in PROJECT.items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(content)
    ended = _run(python, tmp_path, "-m", "pytest", "-q", "-W", "error", "tests")
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert "3 passed" in ended.stdout
