"""URLs of places in the reference."""

from flask import url_for

from bodydouble.contracts.reference.places import Place
from bodydouble.mock_server.pages.reference.library import the_library

_NAMED = ("operation", "callback", "lifecycle", "schema")


def place_url(vendor: str, place: Place) -> str:
    """The URL of a place in a vendor's reference, or in a guide."""
    endpoint, anchor = f"reference.{place.kind}", place.anchor or None
    if place.kind == "guide":
        return url_for("guide.show", name=place.name, _anchor=anchor)
    if place.kind in _NAMED:
        return url_for(endpoint, vendor=vendor, name=place.name, _anchor=anchor)
    return url_for(endpoint, vendor=vendor, _anchor=anchor)


def place_of(
    vendor: str, operation_id: str | None, location: str = "", pointer: str = "", status: int | None = None
) -> str | None:
    """The URL of what a message has at a place: of the nearest field above it that the reference knows.

    Args:
        vendor: whose operation it is.
        operation_id: None, or one that there is not, leads nowhere.
        location: `body`, `query`, `path` or `header`, as in a violation; empty for the operation itself.
        pointer: JSON pointer into that part of the message.
        status: of the response that is meant; None for the request.

    Returns:
        The URL, or None if there is no such operation.
    """
    reference = the_library().vendors.get(vendor)
    if reference is None or operation_id is None or operation_id not in reference.contract.operations:
        return None
    if not location:
        return place_url(vendor, Place("operation", operation_id))
    place = reference.field_place(operation_id, location, pointer, status)
    return None if place is None else place_url(vendor, place)
