"""The vendors, one package each, all of the same shape. A package is found by being here; it names its contract."""

import functools
import importlib
import pkgutil
from collections.abc import Iterable, Mapping
from types import ModuleType

from bodydouble.contracts.model.loader import load_contract
from bodydouble.mock_server.vendor_api.vendor import Vendor


@functools.cache
def load_vendors() -> Mapping[str, Vendor]:
    """All vendors by name, each checked against its contract.

    Raises:
        ValueError: see `load_packages`.
    """
    return load_packages(
        importlib.import_module(f"{__name__}.{module.name}") for module in pkgutil.iter_modules(__path__)
    )


def load_packages(packages: Iterable[ModuleType]) -> Mapping[str, Vendor]:
    """The vendors of some packages by name, each checked against its contract.

    Raises:
        ValueError: a package has no NAME, or that of another, or does not fit its contract.
    """
    by_name: dict[str, ModuleType] = {}
    for package in packages:
        other = by_name.setdefault(_name(package), package)
        if other is not package:
            pair = " and ".join(part.__name__.rpartition(".")[2] for part in (other, package))
            raise ValueError(f"{pair} are both packages of {_name(package)!r}")
    return {name: Vendor.from_package(package, load_contract(name)) for name, package in by_name.items()}


def _name(package: ModuleType) -> str:
    name = vars(package).get("NAME")
    if not isinstance(name, str):
        raise ValueError(f"{package.__name__}: there is no NAME, the vendor's folder under specs/")
    return name
