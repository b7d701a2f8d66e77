"""The wheel, without the checkout that it was built from."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from hatchling.builders.wheel import WheelBuilder

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "src" / "bodydouble"
# Every kind of data: specifications, vocabulary, catalogues, templates of media and of pages.
PROGRAM = """
from pathlib import Path
import bodydouble
from bodydouble.contracts.model import documents
from bodydouble.mock_server import media
from bodydouble.mock_server.web.app import load_services
from bodydouble.mock_server.settings import Settings

here = Path.cwd().resolve()
assert Path(bodydouble.__file__).is_relative_to(here)
services = load_services(Settings(state="state.db"))
assert {*services.vendors, "control"} == set(documents.names())
assert media.mp4(1000, 1080, 1920)[4:8] == b"ftyp" and media.webm(1000, 1920, 1080)
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A freshly built wheel."""
    built = WheelBuilder(str(ROOT)).build(directory=str(tmp_path_factory.mktemp("wheel")), versions=["standard"])
    return Path(next(iter(built)))


def test_the_wheel_holds_every_file_of_its_packages(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        held = {name for name in archive.namelist() if ".dist-info/" not in name}
    folders = (PACKAGE, *(path for path in PACKAGE.iterdir() if path.is_dir()))
    files = {path for folder in folders for path in folder.rglob("*") if path.is_file()}
    wanted = {path.relative_to(PACKAGE.parent).as_posix() for path in files if "__pycache__" not in path.parts}
    assert held == wanted
    assert {Path(name).suffix for name in held} >= {".py", ".yaml", ".json", ".mp4", ".webm", ".jinja", ".typed"}


def test_the_wheel_works_outside_the_checkout(wheel: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path)
    environment = {**os.environ, "PYTHONPATH": str(tmp_path)}
    for arguments in (["-c", PROGRAM], ["-m", "bodydouble", "specs"]):
        ended = subprocess.run(
            [sys.executable, *arguments], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
        )
        assert ended.returncode == 0, ended.stderr + ended.stdout
