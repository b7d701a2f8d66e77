"""Filters and orders of lists, as `x-laws` declares them, over a library that has something for each of them."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from bodydouble.contracts.core.json_pointer import values_at
from bodydouble.contracts.model.filters import DATE_TIME, Filter, selects
from bodydouble.contracts.model.laws import OperationLaws, Record
from bodydouble.contracts.model.loader import load_contract
from bodydouble.contracts.model.request_values import split
from bodydouble.contracts.model.sorting import Sorting
from tests.support.huawei_metastudio import OWN_CLIP, OWN_PICTURE, READY, VENDOR, MetaStudio

SCRIPTS = "/digital-human-video-scripts"
PATHS = {"ListAssets": "/digital-assets", "ListDigitalHumanVideo": "/digital-human-videos"}
# Every asset and job of the account, on one page.
WHOLE: dict[str, dict[str, Any]] = {
    "ListAssets": {"asset_source": "ALL", "limit": 100},
    "ListDigitalHumanVideo": {"limit": 100},
}


@dataclass(frozen=True)
class Query:
    """The decoded query of a request."""

    query: dict[str, Any]
    path: dict[str, Any] = field(default_factory=dict)
    headers: dict[str, Any] = field(default_factory=dict)
    body: Any = None


@pytest.fixture
def library(studio: MetaStudio) -> MetaStudio:
    """An account with jobs in three states, and with their outputs."""
    studio.create(output_asset_config={"asset_name": "Alpha"}, headers={"X-App-UserId": "user-1"})
    studio.account.advance(READY)
    studio.cancel(studio.create(output_asset_config={"asset_name": "Beta"}))
    studio.account.advance(1)
    studio.create(output_asset_config={"asset_name": "Alphabet"})
    studio.data("PUT", f"/digital-assets/{OWN_PICTURE}", {"asset_order": 9, "tags": ["MALE", "EDUCATION"]})
    return studio


def laws(operation: str) -> OperationLaws:
    declared = load_contract(VENDOR).operations[operation].laws
    assert declared is not None
    return declared


def listed(studio: MetaStudio, operation: str, **query: Any) -> list[Record]:
    place = laws(operation).records
    assert place is not None
    sent = {name: str(value).lower() if isinstance(value, bool) else value for name, value in query.items()}
    content = studio.data("GET", PATHS[operation], query={**WHOLE[operation], **sent})
    records = place.of(content)
    assert records is not None
    assert content["count"] == len(records)
    return records


def ids(operation: str, records: list[Record]) -> list[str | None]:
    place = laws(operation).records
    assert place is not None
    return [place.id_of(record) for record in records]


def values(entry: Filter, records: list[Record]) -> Iterator[Any]:
    places = () if entry.field is None else (entry.field, *entry.also)
    shown = list(dict.fromkeys(value for place in places for record in records for value in values_at(record, place)))
    shown = shown[:: max(1, len(shown) // 5)]
    spellings = {shown: asked for asked, shown in entry.values.items()}
    for value in (spellings.get(value, value) for value in shown):
        yield [value] if is_list(entry) else value
        if isinstance(value, str) and entry.format is None:
            yield [value[:3]] if is_list(entry) else value[:3]
    yield from entry.values
    texts = [value for value in shown if isinstance(value, str)]
    if entry.separator is not None and len(texts) > 1:
        yield f"{texts[0]}{entry.separator}{texts[-1]}"
    yield "2099-01-01T00:00:00Z" if entry.format == DATE_TIME else None


def is_list(entry: Filter) -> bool:
    return entry.by in ("$request.query.asset_id", "$request.query.job_ids")


def queries(entry: Filter, records: list[Record]) -> Iterator[dict[str, Any]]:
    """Queries by one filter, in each of its variants."""
    name = split(entry.by)[1]
    for chosen in ({}, *(variant.when for variant in entry.variants)):
        variant = {split(expression)[1]: value for expression, value in chosen.items()}
        lists = {key: [value] if key.endswith("_query_field") else value for key, value in variant.items()}
        yield from ({name: value, **lists} for value in values(entry, records) if value is not None)


FILTERS = [
    pytest.param(operation, entry, id=f"{operation}-{split(entry.by)[1]}")
    for operation in PATHS
    for entry in laws(operation).filters
    if entry.untested is None
]


@pytest.mark.parametrize(("operation", "entry"), FILTERS)
def test_a_filter_selects_what_it_declares(library: MetaStudio, operation: str, entry: Filter) -> None:
    whole, selects_some = listed(library, operation), False
    for query in queries(entry, whole):
        if not is_valid(operation, query):
            continue
        decoded = Query(query, {"project_id": library.project})
        expected = [record for record in whole if entry.passes(record, decoded)]
        assert ids(operation, listed(library, operation, **query)) == ids(operation, expected), query
        selects_some |= 0 < len(expected) < len(whole)
    # All jobs are of one type.
    assert selects_some is not entry.by.endswith("job_type")


def is_valid(operation: str, query: dict[str, Any]) -> bool:
    parameters = {parameter.name: parameter for parameter in load_contract(VENDOR).operations[operation].parameters}
    return not any(parameters[name].violations(value) for name, value in query.items())


@pytest.mark.parametrize("direction", ["asc", "desc"])
@pytest.mark.parametrize(
    ("operation", "key"), [(name, key) for name in PATHS for key in (laws(name).sort or Sorting()).fields]
)
def test_lists_have_the_order_that_is_asked_for(library: MetaStudio, operation: str, key: str, direction: str) -> None:
    records = listed(library, operation, sort_key=key, sort_dir=direction)
    sorting = laws(operation).sort
    assert sorting is not None
    order = sorting.order(Query({"sort_key": key, "sort_dir": direction}))
    assert order is not None
    assert order.offending(records) is None
    assert len({order.key(record) for record in records}) > 1
    opposite = sorting.order(Query({"sort_key": key, "sort_dir": "asc" if direction == "desc" else "desc"}))
    assert opposite is not None
    assert opposite.offending(records) is not None


def test_a_list_takes_the_scripts_of_the_orientation_that_reads_show(studio: MetaStudio) -> None:
    tall = studio.data("POST", SCRIPTS, {"script_name": "Tall", "view_mode": "VERTICAL"})["script_id"]
    filters = laws("ListVideoScripts").filters
    shown = studio.data("GET", f"{SCRIPTS}/{tall}")
    for query, is_listed in (({}, False), ({"view_mode": "VERTICAL"}, True), ({"view_mode": "LANDSCAPE"}, False)):
        scripts = studio.data("GET", SCRIPTS, query=query)["video_scripts"]
        assert (tall in [script["script_id"] for script in scripts]) is is_listed
        assert selects(filters, Query(query), shown) is is_listed


def test_a_delete_and_an_update_may_leave_the_state_as_it_is(studio: MetaStudio) -> None:
    for mode in ({}, {}, {"mode": "force"}, {"mode": "force"}, {}):
        studio.delete_asset(OWN_CLIP, **mode)
    assert studio.asset(OWN_CLIP)["asset_state"] == "DELETED"
    studio.data("PUT", f"/digital-assets/{OWN_PICTURE}", {"asset_name": "Opening"})
    assert studio.asset(OWN_PICTURE)["asset_state"] == "ACTIVED"
    assert all(laws(operation).edges.may_stay for operation in ("DeleteAsset", "UpdateDigitalAsset"))
