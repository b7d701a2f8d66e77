"""A vendor package with a missing or misspelt part does not load, and the error says which part."""

import importlib
import pkgutil
import re
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

import pytest

from bodydouble.contracts.model.loader import load_contract
from bodydouble.mock_server import control, vendors
from bodydouble.mock_server.vendor_api.package_parts import PARTS
from bodydouble.mock_server.vendor_api.vendor import Vendor

COPY = "mistyped"
PACKAGES = [module.name for module in pkgutil.iter_modules(vendors.__path__)]
CopyPackage = Callable[[str], Path]


def folder(vendor: str) -> Path:
    return Path(vendors.__path__[0]) / vendor


@pytest.fixture
def copy_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[CopyPackage]:
    """Copies a vendor's package to one that imports only itself, to be changed before it is loaded."""

    def copy(vendor: str) -> Path:
        target = tmp_path / COPY
        shutil.copytree(folder(vendor), target, ignore=shutil.ignore_patterns("__pycache__"))
        for path in target.rglob("*.py"):
            edit(path, re.escape(f"{vendors.__name__}.{vendor}"), COPY)
        return target

    monkeypatch.syspath_prepend(tmp_path)
    yield copy
    for name in [name for name in sys.modules if name.split(".")[0] == COPY]:
        del sys.modules[name]


def edit(path: Path, pattern: str, replacement: str) -> None:
    text = path.read_text()
    changed = re.sub(pattern, replacement, text, flags=re.MULTILINE)
    path.write_text(changed)


def load() -> Vendor:
    [vendor] = vendors.load_packages([importlib.import_module(COPY)]).values()
    return vendor


def definition(name: str) -> str:
    """A pattern for where a module defines a name; for a constant, also where it uses it."""
    return rf"\b{name}\b" if name[0].isupper() else rf"(?<=^def ){name}\b|^{name}\b"


def vendor_with(part: str) -> str:
    module, name = PARTS[part]
    files = ((vendor, folder(vendor) / f"{module}.py") for vendor in PACKAGES)
    with_part = [
        vendor for vendor, path in files if path.exists() and re.search(definition(name), path.read_text(), re.M)
    ]
    return with_part[0]


@pytest.mark.parametrize("vendor", PACKAGES)
def test_an_unchanged_copy_loads(vendor: str, copy_package: CopyPackage) -> None:
    copy_package(vendor)
    assert load().handlers


@pytest.mark.parametrize("part", PARTS)
def test_a_misspelt_part_is_reported_by_name(part: str, copy_package: CopyPackage) -> None:
    module, name = PARTS[part]
    edit(copy_package(vendor_with(part)) / f"{module}.py", definition(name), name[:-1])
    # Where other modules import the part, the import fails first.
    with pytest.raises(ValueError, match=rf"misspelt {name}\b|cannot import name '{name}'"):
        load()


@pytest.mark.parametrize(
    "part", ["authenticate", "new_credentials", "errors", "names", "callback_body", "signing_parts"]
)
def test_a_required_part_that_is_missing_is_reported_by_name(part: str, copy_package: CopyPackage) -> None:
    module, name = PARTS[part]
    edit(copy_package("huawei_metastudio") / f"{module}.py", definition(name), "SOMETHING_ELSE")
    with pytest.raises(ValueError, match=rf"module {module} has no {name}\b|cannot import name '{name}'"):
        load()


@pytest.mark.parametrize(
    ("module", "problem"),
    [
        ("authentication", "there is no module authentication with authenticate"),
        ("callbacks", "there is no module callbacks with body"),
        ("names", r"cannot import name 'names'|No module named 'mistyped\.names'"),
        ("operations", "there is no package operations"),
    ],
)
def test_a_missing_module_is_reported_by_name(module: str, problem: str, copy_package: CopyPackage) -> None:
    package = copy_package("guiji")
    path = package / module if module == "operations" else package / f"{module}.py"
    path.rename(package.parent / "elsewhere")
    with pytest.raises(ValueError, match=problem):
        load()


def test_a_misspelt_module_is_reported_by_name(copy_package: CopyPackage) -> None:
    package = copy_package("huawei_metastudio")
    (package / "population.py").rename(package / "populaton.py")
    with pytest.raises(ValueError, match="module populaton looks like a misspelt population"):
        load()


def test_a_module_of_operations_without_handlers_is_reported_by_name(copy_package: CopyPackage) -> None:
    edit(copy_package("guiji") / "operations/videos.py", r"\bhandlers\b(?=\.op| =)", "handler")
    with pytest.raises(ValueError, match=r"module operations\.videos has no handlers"):
        load()


def test_an_operation_with_two_handlers_is_reported_by_name(copy_package: CopyPackage) -> None:
    edit(copy_package("guiji") / "operations/audios.py", r"operation\(\"createAudio\"", 'operation("getVideo"')
    with pytest.raises(ValueError, match=r"mistyped\.operations: operations with two handlers: getVideo"):
        load()


def test_all_problems_of_a_package_are_reported_at_once(copy_package: CopyPackage) -> None:
    package = copy_package("huawei_metastudio")
    edit(package / "callbacks.py", definition("body"), "bdy")
    edit(package / "population.py", definition("populate"), "populat")
    with pytest.raises(ValueError, match=r"mistyped: .*callbacks has no body.*population\.populat looks like"):
        load()


def test_only_the_control_plane_needs_no_credentials() -> None:
    contract = load_contract(control.NAME)
    assert Vendor.from_package(control, contract, has_accounts=False).handlers
    with pytest.raises(ValueError, match="module authentication has no new_credentials"):
        Vendor.from_package(control, contract)


def test_a_package_without_a_name_does_not_load() -> None:
    with pytest.raises(ValueError, match="nameless: there is no NAME"):
        vendors.load_packages([ModuleType("nameless")])


def test_two_packages_of_one_vendor_do_not_load() -> None:
    first, second = ModuleType("vendors.guiji"), ModuleType("vendors.guiji2")
    for package in (first, second):
        vars(package)["NAME"] = "guiji"
    with pytest.raises(ValueError, match=r"^guiji and guiji2 are both packages of 'guiji'$"):
        vendors.load_packages([first, second])


@pytest.mark.parametrize(
    ("module", "pattern", "replacement", "problem"),
    [
        ("names", r"voiceUnavailable", "voiceUnavaliable", "unknown error case voiceUnavaliable"),
        ("names", r'"voiceClone"', '"voiceClones"', "unknown kind of tasks voiceClones"),
        ("names", r'"fastDuration"', '"fastDurations"', "unknown quota fastDurations"),
        (
            "operations/videos",
            r"Errors\.insufficientBalance",
            "Errors.insufficientBalanc",
            r"unknown error case insufficientBalanc in operations\.videos\.create_video",
        ),
        ("operations/videos", r"names\.VIDEO,", "names.VIDIO,", r"unknown name names\.VIDIO in operations\.videos\."),
    ],
    ids=["error case", "kind", "quota", "use of an error case", "use of a name"],
)
def test_a_package_with_a_typo_does_not_load(
    module: str, pattern: str, replacement: str, problem: str, copy_package: CopyPackage
) -> None:
    package = copy_package("guiji")
    for path in package.rglob("*.py"):
        # A misspelt error case of names.py is the same everywhere, as after renaming it.
        if replacement == "voiceUnavaliable" or path == package / f"{module}.py":
            edit(path, pattern, replacement)
    with pytest.raises(ValueError, match=problem):
        load()
