"""The vendors, one package each, all of the same shape. A package is found by being here; it names its contract."""

import functools
import importlib
import pkgutil
from collections.abc import Mapping

from bodydouble.contracts.model.loader import load_contract
from bodydouble.mock_server.vendor_api.vendor import Vendor


@functools.cache
def load_vendors() -> Mapping[str, Vendor]:
    """All vendors by name, each checked against its contract.

    Raises:
        ValueError: a package does not fit its contract.
    """
    vendors = {}
    for module in pkgutil.iter_modules(__path__):
        package = importlib.import_module(f"{__name__}.{module.name}")
        vendor = Vendor.from_package(package, load_contract(package.NAME))
        vendors[vendor.name] = vendor
    return vendors
