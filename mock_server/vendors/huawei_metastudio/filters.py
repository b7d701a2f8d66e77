"""The filters of the list of assets that compare what no response shows, or in a way of their own."""

from collections.abc import Callable, Mapping
from typing import Any

from bodydouble.mock_server.vendor_api.task_view import TaskView
from bodydouble.mock_server.vendors.huawei_metastudio.catalogue import ASSETS

# The platform's own voices; others name a supplier.
OWN_PROVIDER = "HUAWEI_METASTUDIO"
_WALKING = "WALKING"


def passes(asset: TaskView, query: Mapping[str, Any]) -> bool:
    """Whether an asset passes these filters of a query; the others stand in `x-laws`."""
    return all(test(asset, query[name]) for name, test in _FILTERS.items() if name in query)


def is_compared(query: Mapping[str, Any]) -> bool:
    """Whether a query has any of these filters."""
    return any(name in query for name in _FILTERS)


def _content(asset: TaskView) -> Mapping[str, Any]:
    content: Mapping[str, Any] = asset.attributes["content"]
    return content


def _meta(asset: TaskView, name: str) -> Mapping[str, Any]:
    meta: Mapping[str, Any] = _content(asset).get("asset_extra_meta", {}).get(name, {})
    return meta


def _by_properties(asset: TaskView, text: str) -> bool:
    properties = {(entry.get("key"), entry.get("value")) for entry in _content(asset).get("system_properties", ())}
    return properties.issuperset(pair.partition(":")[::2] for pair in text.split(",") if pair)


def _by_provider(asset: TaskView, provider: str) -> bool:
    voice = _meta(asset, "voice_model_meta")
    return bool(voice) and voice.get("external_voice_meta", {}).get("provider", OWN_PROVIDER) == provider


def _by_role(asset: TaskView, role: str) -> bool:
    # What another account shares is not seen: accounts are apart from each other.
    return role == "SHARER" and _content(asset).get("shared_config", {}).get("shared_type") == "SHARED"


def _by_style(asset: TaskView, style: str) -> bool:
    return asset.task.key in ASSETS and ASSETS[asset.task.key].style_id == style


def _by_movability(asset: TaskView, value: bool) -> bool:
    return bool(_meta(asset, "human_model_2d_meta")) and (_WALKING in _content(asset).get("tags", ())) is value


_FILTERS: dict[str, Callable[[TaskView, Any], bool]] = {
    "style_id": _by_style,
    "system_property": _by_properties,
    "is_movable": _by_movability,
    "voice_provider": _by_provider,
    "role": _by_role,
}
