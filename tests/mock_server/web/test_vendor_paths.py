"""A path belongs to one vendor; two vendors with the same URL are rejected at boot."""

from dataclasses import replace
from pathlib import Path

import pytest

from bodydouble.contracts.model.contract import Contract
from bodydouble.contracts.model.loader import load_contract
from bodydouble.contracts.proxy.server import RESERVED as PROXY_PREFIX
from bodydouble.mock_server import vendors
from bodydouble.mock_server.settings import Settings
from bodydouble.mock_server.vendor_api.file_urls import PREFIX
from bodydouble.mock_server.vendor_api.vendor import Vendor
from bodydouble.mock_server.web import app
from bodydouble.mock_server.web.vendor_paths import RESERVED, VendorPaths, check_paths


def moved(path: str) -> Contract:
    """A vendor with one operation, at a path."""
    operation = replace(load_contract("guiji").operations["getVideo"], path=path)
    return replace(load_contract("guiji"), vendor="twin", operations={"getVideo": operation})


@pytest.mark.parametrize(
    "path", ["/openapi/video/v2/get/{id}", "/openapi/video/v2/get/{videoId}", "/openapi/video/v2/get/latest"]
)
def test_two_vendors_with_the_same_url_are_rejected(path: str) -> None:
    with pytest.raises(ValueError, match=r"operations of two vendors: guiji getVideo .* and twin getVideo"):
        check_paths([load_contract("guiji"), moved(path)])


@pytest.mark.parametrize("path", ["/openapi/other/{id}", "/openapi/video/v2/get", "/v1/videos"])
def test_vendors_may_share_the_beginning_of_their_paths(path: str) -> None:
    check_paths([load_contract("guiji"), moved(path)])


def test_the_paths_of_the_vendors_do_not_collide() -> None:
    check_paths([vendor.contract for vendor in vendors.load_vendors().values()], RESERVED)


@pytest.mark.parametrize("path", ["/_mock/videos", "/_files/{account}/{task}/{code}/{name}", "/_proxy/requests"])
def test_a_vendor_cannot_have_the_servers_own_paths(path: str) -> None:
    with pytest.raises(ValueError, match=r"twin getVideo \(/_.*: /_.* is the mock server's own"):
        check_paths([moved(path)], RESERVED)


def test_the_servers_own_paths_are_reserved() -> None:
    used = {operation.path.split("/")[1] for operation in app.load_control().contract.operations.values()}
    assert {*used, PREFIX.removeprefix("/"), PROXY_PREFIX.strip("/")} == set(RESERVED)


def test_the_server_does_not_start_with_two_vendors_at_the_same_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    guiji: Vendor = vendors.load_vendors()["guiji"]
    twin = replace(guiji, contract=replace(guiji.contract, vendor="twin"))
    monkeypatch.setattr(app, "load_vendors", lambda: {"guiji": guiji, "twin": twin})
    with pytest.raises(ValueError, match="one URL can mean operations of two vendors"):
        app.load_services(Settings(state=str(tmp_path / "state.db")))


def test_an_unknown_path_belongs_to_the_most_similar_vendor() -> None:
    paths = VendorPaths[str]()
    for path, owner in (("/v1/{project}/jobs", "a"), ("/v1/videos/{id}", "b"), ("/v1/videos/list", "b"), ("/", "c")):
        paths.add(path, owner)
    assert paths.owner_of("/v1/nothing") == "a"
    assert paths.owner_of("/v1/videos/7/more") == "b"
    assert paths.owner_of("/") == "c"
    assert paths.owner_of("/nobody/here") is None
