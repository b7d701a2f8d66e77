"""Filters of lists: values that are written with commas, and the query parameters of the list of assets."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from bodydouble.mock_server.vendor_api.task_view import TaskView
from bodydouble.mock_server.vendors.huawei_metastudio.catalogue import ASSETS

# The platform's own voices; others name a supplier.
OWN_PROVIDER = "HUAWEI_METASTUDIO"
_WALKING = "WALKING"

Query = Mapping[str, Any]


def comma_separated(text: str | None) -> frozenset[str]:
    """The members of a list that is written with commas."""
    return frozenset((text or "").split(",")) - {""}


def passes(asset: TaskView, query: Query) -> bool:
    """Whether an asset passes every filter that a query has."""
    return all(test(asset, query[name], query) for name, test in _FILTERS.items() if name in query)


def _content(asset: TaskView) -> Mapping[str, Any]:
    content: Mapping[str, Any] = asset.attributes["content"]
    return content


def _meta(asset: TaskView, name: str) -> Mapping[str, Any]:
    meta: Mapping[str, Any] = _content(asset).get("asset_extra_meta", {}).get(name, {})
    return meta


_voice, _model = partial(_meta, name="voice_model_meta"), partial(_meta, name="human_model_2d_meta")


def _tags(asset: TaskView) -> list[str]:
    return list(_content(asset).get("tags", ()))


def _by_name(asset: TaskView, name: str, query: Query) -> bool:
    return name == asset.task.name if "name" in query.get("accurate_query_field", ()) else name in asset.task.name


def _by_tag(asset: TaskView, text: str, query: Query) -> bool:
    tags, parts = _tags(asset), comma_separated(text)
    exact = "tag" in query.get("accurate_query_field", ())
    combine = any if query.get("tag_combination_type") == "UNION_SET" else all
    return combine((part in tags) if exact else any(part in tag for tag in tags) for part in parts)


def _by_properties(asset: TaskView, text: str, _: Query) -> bool:
    properties = {(entry.get("key"), entry.get("value")) for entry in _content(asset).get("system_properties", ())}
    return properties.issuperset(pair.partition(":")[::2] for pair in comma_separated(text))


def _by_sex(asset: TaskView, text: str, _: Query) -> bool:
    expected = comma_separated(text)
    return _voice(asset).get("sex") in expected or not expected.isdisjoint(_tags(asset))


def _by_language(asset: TaskView, text: str, _: Query) -> bool:
    return not comma_separated(text).isdisjoint(_voice(asset).get("languages", ()))


def _by_provider(asset: TaskView, provider: str, _: Query) -> bool:
    voice = _voice(asset)
    return bool(voice) and voice.get("external_voice_meta", {}).get("provider", OWN_PROVIDER) == provider


def _by_role(asset: TaskView, role: str, _: Query) -> bool:
    # What another account shares is not seen: accounts are apart from each other.
    return role == "SHARER" and _content(asset).get("shared_config", {}).get("shared_type") == "SHARED"


def _by_style(asset: TaskView, style: str, _: Query) -> bool:
    return asset.task.key in ASSETS and ASSETS[asset.task.key].style_id == style


def _without_device(asset: TaskView, device: str, _: Query) -> bool:
    return bool(_model(asset)) and device not in _model(asset).get("device_names", ())


_FILTERS: dict[str, Callable[[TaskView, Any, Query], bool]] = {
    "name": _by_name,
    "tag": _by_tag,
    "asset_type": lambda asset, text, _: _content(asset)["asset_type"] in comma_separated(text),
    "asset_state": lambda asset, text, _: asset.code in comma_separated(text),
    "style_id": _by_style,
    "asset_id": lambda asset, ids, _: asset.task.key in ids,
    "sex": _by_sex,
    "language": _by_language,
    "system_property": _by_properties,
    "action_editable": lambda asset, value, _: _model(asset).get("is_action_editable") is value,
    "is_with_action_library": lambda asset, value, _: _model(asset).get("is_with_action_library") is value,
    "is_movable": lambda asset, value, _: bool(_model(asset)) and (_WALKING in _tags(asset)) is value,
    "voice_provider": _by_provider,
    "role": _by_role,
    "is_realtime_voice": lambda asset, value, _: _voice(asset).get("is_realtime_voice") is value,
    "human_model_2d_version": lambda asset, version, _: _model(asset).get("model_version") == version,
    "include_device_name": lambda asset, device, _: device in _model(asset).get("device_names", ()),
    "exclude_device_name": _without_device,
    "supported_service": lambda asset, service, _: service in _content(asset).get("supported_service", ()),
    "app_user_id": lambda asset, user, _: _content(asset).get("app_user_id") == user,
}
