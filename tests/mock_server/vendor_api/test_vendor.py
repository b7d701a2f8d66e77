"""A vendor package is read by convention, and the names in its code are checked when the server starts."""

import importlib
import pkgutil
from dataclasses import replace
from enum import Enum
from pathlib import Path
from types import ModuleType

import pytest

from bodydouble.contracts.model.loader import load_contract
from bodydouble.mock_server import vendors
from bodydouble.mock_server.vendor_api.contract_names import ContractNames
from bodydouble.mock_server.vendor_api.handlers import Handler
from bodydouble.mock_server.vendor_api.vendor import Vendor

PACKAGES = [module.name for module in pkgutil.iter_modules(vendors.__path__)]
REQUIRED_MODULES = ("authentication", "callbacks", "catalogue", "names", "operations", "records")


def package_of(name: str) -> ModuleType:
    return importlib.import_module(f"{vendors.__name__}.{name}")


@pytest.fixture(scope="module")
def guiji() -> Vendor:
    return vendors.load_vendors()["guiji"]


@pytest.mark.parametrize("name", PACKAGES)
def test_every_vendor_package_has_the_same_modules(name: str) -> None:
    package = package_of(name)
    modules = {module.name for module in pkgutil.iter_modules(package.__path__)}
    assert modules >= set(REQUIRED_MODULES)
    for module in modules:
        assert importlib.import_module(f"{package.__name__}.{module}").__doc__
    assert vendors.load_vendors()[package.NAME].contract is load_contract(package.NAME)


@pytest.mark.parametrize("name", PACKAGES)
def test_loading_a_vendor_package_loads_no_contract(name: str) -> None:
    package = package_of(name)
    texts = [path.read_text() for path in Path(package.__path__[0]).rglob("*.py")]
    assert not [text for text in texts if "load_contract" in text]


def test_an_operation_without_a_handler_is_reported_by_name(guiji: Vendor) -> None:
    handlers = {name: handler for name, handler in guiji.handlers.items() if name != "getVideo"}
    with pytest.raises(ValueError, match="guiji: operation getVideo has no handler"):
        replace(guiji, handlers=handlers).check()


def test_a_handler_for_an_unknown_operation_is_reported_by_name(guiji: Vendor) -> None:
    handlers = {**guiji.handlers, "getVidio": Handler(lambda request, tools: None, transaction=False)}
    with pytest.raises(ValueError, match="handler for an unknown operation getVidio"):
        replace(guiji, handlers=handlers).check()


def test_an_unknown_error_case_is_reported_by_name(guiji: Vendor) -> None:
    errors = Enum("errors", "resourceNotFound resourceNotFuond")
    with pytest.raises(ValueError, match="unknown error case resourceNotFuond"):
        replace(guiji, errors=errors).check()


@pytest.mark.parametrize(
    ("record", "problem"),
    [
        (lambda names: names.kind("vidio"), "unknown kind of tasks vidio"),
        (lambda names: names.kinds("video", "vidio"), "unknown kind of tasks vidio"),
        (lambda names: names.state("video", "finished"), "unknown state video.finished"),
        (lambda names: names.state("vidio", "success"), "unknown state vidio.success"),
        (lambda names: names.outcome("video", "broken"), "unknown outcome video.broken"),
        (lambda names: names.operation("getVidio"), "unknown operation getVidio"),
        (lambda names: names.callback("vidioResult"), "unknown callback vidioResult"),
        (lambda names: names.security_scheme("apiToken"), "unknown security scheme apiToken"),
        (lambda names: names.quota("ttsWordAmount"), "unknown quota ttsWordAmount"),
    ],
    ids=["kind", "kinds", "state", "state's kind", "outcome", "operation", "callback", "security scheme", "quota"],
)
def test_an_unknown_name_is_reported(guiji: Vendor, record: object, problem: str) -> None:
    names = ContractNames()
    assert callable(record)
    record(names)
    with pytest.raises(ValueError, match=problem):
        replace(guiji, names=names).check()
