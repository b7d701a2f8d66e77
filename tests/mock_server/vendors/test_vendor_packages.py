"""A reader who knows one vendor package finds the way in all of them."""

import importlib
import pkgutil
from types import ModuleType

import pytest

from bodydouble.mock_server import vendors
from bodydouble.mock_server.vendor_api.vendor import Vendor

PACKAGES = [module.name for module in pkgutil.iter_modules(vendors.__path__)]
# What a vendor provides, and where it is: attribute, module, name in the module.
PLACES = [
    ("handlers", "operations", "HANDLERS"),
    ("authenticate", "authentication", "authenticate"),
    ("new_credentials", "authentication", "new_credentials"),
    ("success", "envelope", "success"),
    ("failure", "envelope", "failure"),
    ("callback_body", "callbacks", "body"),
]
# What only some vendors provide.
OPTIONAL = [
    ("quotas", "catalogue", "QUOTAS"),
    ("settings", "catalogue", "SETTINGS"),
    ("catalogue_file", "catalogue", "file"),
    ("signing_parts", "callbacks", "signing_parts"),
    ("signature", "callbacks", "signature"),
    ("settings_changed", "callbacks", "settings_changed"),
    ("check_settings", "callbacks", "check_settings"),
    ("routing", "wire", "routing"),
    ("normalise", "wire", "normalise"),
    ("add_task", "population", "add_task"),
]


def part(package: str, name: str) -> ModuleType:
    return importlib.import_module(f"{vendors.__name__}.{package}.{name}")


def vendor(package: str) -> Vendor:
    found: Vendor = importlib.import_module(f"{vendors.__name__}.{package}").VENDOR
    return found


@pytest.mark.parametrize("package", PACKAGES)
def test_every_vendor_package_has_the_same_rooms(package: str) -> None:
    for room in ("authentication", "envelope", "catalogue", "records", "callbacks", "operations", "operations.common"):
        assert part(package, room).__doc__
    assert vendor(package).name == part(package, "authentication").NAME


@pytest.mark.parametrize("package", PACKAGES)
@pytest.mark.parametrize(("attribute", "room", "name"), PLACES, ids=[place[0] for place in PLACES])
def test_what_every_vendor_provides_is_in_the_same_place(package: str, attribute: str, room: str, name: str) -> None:
    assert getattr(vendor(package), attribute) is getattr(part(package, room), name)


@pytest.mark.parametrize(("attribute", "room", "name"), OPTIONAL, ids=[place[0] for place in OPTIONAL])
def test_what_some_vendors_provide_is_in_the_same_place_where_it_is(attribute: str, room: str, name: str) -> None:
    default = Vendor.__dataclass_fields__[attribute]
    providing = []
    for package in PACKAGES:
        provided = getattr(vendor(package), attribute)
        if provided not in (default.default, {}):
            providing.append(package)
            assert provided is getattr(part(package, room), name)
    assert providing, f"no vendor provides {attribute}"
