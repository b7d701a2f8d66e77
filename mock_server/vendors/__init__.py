"""The vendors, one package each, all of the same shape. A package is found by being here."""

import functools
import importlib
import pkgutil
from collections.abc import Mapping

from bodydouble.mock_server.vendor_api.vendor import Vendor


@functools.cache
def load_vendors() -> Mapping[str, Vendor]:
    """All vendors by name, each held to its contract."""
    found = {}
    for module in pkgutil.iter_modules(__path__):
        vendor: Vendor = importlib.import_module(f"{__name__}.{module.name}").VENDOR
        vendor.check()
        found[vendor.name] = vendor
    return found
