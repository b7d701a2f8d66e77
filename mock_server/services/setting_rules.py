"""What the settings of an account may be."""

from collections.abc import Mapping
from typing import Any

from bodydouble.mock_server.vendor_api.settings import Objection, SettingRejected
from bodydouble.mock_server.vendor_api.vendor import Vendor


def check_settings(
    settings: Mapping[str, Mapping[str, Any]], vendors: Mapping[str, Vendor], objection_to: Objection
) -> None:
    """Check settings, by vendor and name.

    Args:
        objection_to: why nothing may be sent to a URL.

    Raises:
        SettingRejected: there is no such vendor or setting, or it is of another type, or the vendor rejects it.
    """
    for name, chosen in settings.items():
        vendor = vendors.get(name)
        if vendor is None:
            raise SettingRejected(f"/{name}: there is no such vendor")
        for setting, value in chosen.items():
            _check_type(vendor, setting, value)
        try:
            vendor.check_settings(chosen, objection_to)
        except SettingRejected as error:
            raise SettingRejected(f"/{name}{error}") from error


def _check_type(vendor: Vendor, setting: str, value: Any) -> None:
    if setting not in vendor.settings:
        known = ", ".join(vendor.settings) or "none"
        raise SettingRejected(f"/{vendor.name}/{setting}: unknown; {vendor.name} has {known}")
    # In Python, True is an integer, too.
    expected_type = type(vendor.settings[setting])
    if type(value) is not expected_type:
        raise SettingRejected(f"/{vendor.name}/{setting}: must be of type {expected_type.__name__}")
