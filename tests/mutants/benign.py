"""Changes that a correct endpoint could make: the check must find nothing."""

import gzip
import json
from collections.abc import Callable
from typing import Any

from tests.mutants import guiji, huawei_metastudio, listings
from tests.mutants import plants as p
from tests.mutants.exchange import Exchange
from tests.mutants.model import Kind, Mutant, Plant, mutant

NEW_FIELD = "fieldOfALaterVersion"
# Lists whose records have a time of creation, by which they are sorted without being asked for another order.
RECORDS = ("/data/records", "/data/result", "/Data/List", "/jobs", "/assets", "/video_scripts")
# Lists that are sorted by a time of creation in whole seconds, and how the order of equal times is turned.
TIES: dict[str, dict[str, Plant]] = {
    "guiji": {"listVideos": listings.ties_turned(guiji.PAGE, "createTime")},
    "huawei-metastudio": {
        "ListVideoScripts": listings.ties_turned(huawei_metastudio.SCRIPTS, "create_time"),
        "ListAssets": listings.ties_turned(huawei_metastudio.ASSETS, "create_time", "query:sort_key", "query:sort_dir"),
    },
}
ECHOED_MESSAGES = ("message", "Message", "error_msg")


def _each(value: Any, change: Callable[[dict[str, Any]], dict[str, Any]]) -> Any:
    if isinstance(value, dict):
        return change({key: _each(item, change) for key, item in value.items()})
    return [_each(item, change) for item in value] if isinstance(value, list) else value


def _text(separators: tuple[str, str] | None = None, **options: Any) -> Plant:
    def plant(exchange: Exchange) -> None:
        if exchange.json is not None:
            exchange.body = json.dumps(exchange.json, separators=separators, **options).encode()

    return plant


def _new_fields(exchange: Exchange) -> None:
    content = exchange.json
    if isinstance(content, dict):
        exchange.json = {**content, NEW_FIELD: {"new": [None]}}
    for place in RECORDS:
        exchange.edit(f"{place}/*", lambda row: {**row, NEW_FIELD: 1} if isinstance(row, dict) else row)


def _other_messages(exchange: Exchange) -> None:
    if exchange.operation is not None and not exchange.succeeded:
        for name in ECHOED_MESSAGES:
            exchange.edit(f"/{name}", lambda text: f"{text} (see the manual, page 7)")


def _zipped(exchange: Exchange) -> None:
    if "gzip" in exchange.original.headers.get("accept-encoding", "") and exchange.body:
        exchange.body = gzip.compress(exchange.body, mtime=0)
        exchange.header("content-encoding", "gzip")


def _other_case(exchange: Exchange) -> None:
    headers = tuple((name.upper(), value) for name, value in reversed(exchange.response.headers))
    exchange.response = type(exchange.response)(exchange.status, (*headers, ("X-Later-Version", "1")), exchange.body)


def _charset(exchange: Exchange) -> None:
    content_type = exchange.response.wire.headers.get("content-type", "")
    if content_type == "application/json":
        exchange.header("content-type", 'application/json; charset="UTF-8"')


def changes(vendor: str) -> tuple[Mutant, ...]:
    """The benign changes."""
    every = {
        "unchanged": lambda exchange: None,
        "new-fields": _new_fields,
        "other-key-order": p.rewritten(lambda content: _each(content, lambda items: dict(reversed(items.items())))),
        "white-space": _text(indent=3),
        "escapes": _text(separators=(",", ":"), ensure_ascii=True),
        "charset": _charset,
        "other-messages": _other_messages,
        "header-case": _other_case,
        "latency": p.delayed(0.02),
        "gzip": _zipped,
    }
    plain = tuple(
        mutant(name, Kind.BENIGN, "", f"benign: {name.replace('-', ' ')}", plant, on="any")
        for name, plant in every.items()
    )
    slower = mutant(
        *("slower-clock", Kind.BENIGN, "", "benign: work takes ten times as long", lambda exchange: None),
        on="any",
        account={"pace": 60},
    )
    ties = (
        mutant(f"ties-of-{operation}", Kind.BENIGN, operation, "benign: equal times in another order", plant)
        for operation, plant in TIES.get(vendor, {}).items()
    )
    return (*plain, slower, *ties)
