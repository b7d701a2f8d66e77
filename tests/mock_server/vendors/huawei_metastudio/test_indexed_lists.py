"""Lists that are read from indexes show what a look at everything shows: each filter, order and page of them."""

from collections.abc import Iterator
from itertools import product
from typing import Any

import pytest

from bodydouble.mock_server.store.tasks import Task
from bodydouble.mock_server.vendor_api.toolbox import Toolbox
from bodydouble.mock_server.vendors.huawei_metastudio import library
from bodydouble.mock_server.vendors.huawei_metastudio.operations import common
from bodydouble.testing import Account
from tests.support.huawei_metastudio import OWN_CLIP, MetaStudio
from tests.support.in_process import InProcessServer

KEYS = "create_time", "asset_order", "update_time"
ORDERS = [{"sort_key": key, "sort_dir": way} for key, way in product(KEYS, ("asc", "desc"))]
PAGES = [{}, *({"limit": 3, "offset": offset} for offset in range(4)), {"limit": 1, "offset": 9}, {"limit": 100}]
ASSET_FILTERS: list[dict[str, Any]] = [
    {},
    {"asset_type": "VIDEO"},
    {"asset_type": "IMAGE,VIDEO", "asset_state": "ACTIVED"},
    {"asset_type": "MUSIC"},
    {"tag": "News", "tag_combination_type": "UNION_SET"},
    {"asset_source": "ALL", "supported_service": "VIDEO_2D"},
    {"asset_source": "ALL"},
    {"system_property": "DIGITAL_HUMAN_2D_VIDEO:Yes"},
    {"role": "SHARER"},
    {"exclude_device_name": "x"},
]
JOB_FILTERS: list[dict[str, Any]] = [
    {},
    {"state": "SUCCEED"},
    {"state": "WAITING"},
    {"job_type": "PHOTO_DIGITAL_HUMAN_VIDEO"},
]


@pytest.fixture
def studio(in_process_server: InProcessServer) -> Iterator[MetaStudio]:
    """Of a server whose code a test can change."""
    account = Account(in_process_server, frozen_at=1_800_000_000_000)
    yield MetaStudio(account)
    account.delete()


def fill(studio: MetaStudio) -> None:
    """Outputs, of which some were changed."""
    assets = []
    for index in range(9):
        studio.create(output_asset_config={"asset_name": f"Output {index}"})
        assets.append(studio.data("GET", "/digital-assets", query={"name": f"Output {index}"})["assets"][0]["asset_id"])
        studio.account.advance(600 if index % 3 else 0)
    studio.account.advance(3600)
    studio.create()
    changes: dict[str, dict[str, Any]] = {
        assets[1]: {"asset_order": 5},
        assets[2]: {"asset_order": 5, "tags": ["News"]},
        assets[5]: {"asset_type": "IMAGE"},
        assets[6]: {"asset_order": 1, "asset_state": "UNACTIVED"},
        assets[8]: {"asset_description": "Last"},
        OWN_CLIP: {"asset_order": 3},
    }
    for asset, fields in changes.items():
        studio.data("PUT", f"/digital-assets/{asset}", fields)


def lists(studio: MetaStudio) -> list[Any]:
    """What the lists show, for all filters, orders and pages."""
    shown = []
    for path, all_filters in (("/digital-assets", ASSET_FILTERS), ("/digital-human-videos", JOB_FILTERS)):
        for filters, order, page in product(all_filters, ORDERS, PAGES):
            query = {**filters, **order, **page}
            response = studio.data("GET", path, query=query)
            rows = response["assets"] if "assets" in response else response["jobs"]
            shown.append((query, response["count"], [row.get("asset_id", row.get("job_id")) for row in rows]))
    return shown


def test_the_index_shows_what_a_look_at_everything_shows(studio: MetaStudio, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(studio)
    by_index = lists(studio)
    monkeypatch.setattr(common, "MAX_SPECIAL", -1)
    assert by_index == lists(studio)


def test_lists_by_state_and_time_do_not_look_for_changed_assets(
    studio: MetaStudio, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks = []

    def noted(tools: Toolbox) -> list[Task]:
        looks.append(tools)
        return changed(tools)

    changed = library.changed_assets
    monkeypatch.setattr(library, "changed_assets", noted)
    for query in ({}, {"asset_state": "ACTIVED", "sort_dir": "desc"}, {"end_time": "2999-01-01T00:00:00Z"}):
        studio.data("GET", "/digital-assets", query=query)
    assert looks == []
    for query in ({"asset_type": "VIDEO"}, {"role": "SHARER"}, {"sort_key": "asset_order"}):
        studio.data("GET", "/digital-assets", query=query)
    assert len(looks) == 3
