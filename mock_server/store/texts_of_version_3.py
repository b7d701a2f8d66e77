"""By which texts lists search for what a state of version 3 holds, which has recorded none of them.

What vendors' packages record is theirs; what they recorded in version 4 is part of the stored form.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from bodydouble.mock_server.store.search import NAME, SearchText

Texts = Iterator[SearchText]
# From name, or key, and the JSON value of a row.
Derive = Callable[[str, Mapping[str, Any]], Texts]
_HUAWEI, _SOFTSUGAR = "huawei-metastudio", "softsugar"


def _name(name: str, _: Mapping[str, Any]) -> Texts:
    yield SearchText(NAME, name, by_part=True)


def _asset(name: str, attributes: Mapping[str, Any]) -> Texts:
    yield from _name(name, attributes)
    if "updated_at" in attributes:
        yield SearchText("changed", "yes")
    if "app_user_id" in attributes["content"]:
        yield SearchText("app_user_id", attributes["content"]["app_user_id"])


def _job(name: str, attributes: Mapping[str, Any]) -> Texts:
    yield from _name(name, attributes)
    yield SearchText("script_id", attributes.get("script_id") or "", by_part=True)


def _file(_: str, attributes: Mapping[str, Any]) -> Texts:
    yield SearchText("asset_id", attributes["asset_id"])


def _subtitles(_: str, attributes: Mapping[str, Any]) -> Texts:
    yield SearchText("script_id", attributes["script_id"])


def _task(name: str, attributes: Mapping[str, Any]) -> Texts:
    yield SearchText(NAME, name)
    for file in attributes.get("files", ()):
        if "fileId" in file:
            yield SearchText("file_id", file["fileId"])


def _script(key: str, content: Mapping[str, Any]) -> Texts:
    yield SearchText("script_name", str(content.get("script_name", key)), by_part=True)


# By vendor and kind.
OF_TASKS: Mapping[tuple[str, str], Derive] = {
    (_HUAWEI, "videoJob"): _job,
    (_HUAWEI, "asset"): _asset,
    (_HUAWEI, "file"): _file,
    (_HUAWEI, "subtitleFile"): _subtitles,
    (_SOFTSUGAR, "task"): _task,
}
OF_RESOURCES: Mapping[tuple[str, str], Derive] = {(_HUAWEI, "videoScript"): _script}
