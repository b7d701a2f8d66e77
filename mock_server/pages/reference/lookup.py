"""What a URL names, or a page that says that there is no such thing."""

from collections.abc import Callable
from typing import TypeVar

from flask import abort

from bodydouble.contracts.reference.vendor import VendorReference
from bodydouble.mock_server.pages.reference.library import the_library

T = TypeVar("T")


def vendor_or_404(name: str) -> VendorReference:
    """The reference of a vendor."""
    vendor = the_library().vendors.get(name)
    if vendor is None:
        abort(404, f"There is no specification of {name}.")
    return vendor


def found_or_404(read: Callable[[str], T], name: str) -> T:
    """What a name means."""
    try:
        return read(name)
    except KeyError:
        abort(404, f"The specification has no {name}.")
