"""The server without its process: for what has to be put together differently, or looked at from inside."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from flask import Flask

from bodydouble.contracts.model.contract import Delivery
from bodydouble.mock_server.composition import Services
from bodydouble.mock_server.settings import Settings
from bodydouble.mock_server.vendor_api.vendor import Vendor
from bodydouble.mock_server.vendors import load_vendors
from bodydouble.mock_server.web.app import create_app, load_control
from tests.support.http import HttpClient, HttpResponse


def with_retries(vendor: Vendor, *seconds: float, timeout: float = 5.0) -> Vendor:
    """A vendor whose callbacks are repeated by another schedule."""
    callbacks = {
        name: replace(callback, delivery=Delivery(timeout, seconds, callback.delivery.signature))
        for name, callback in vendor.contract.callbacks.items()
    }
    return replace(vendor, contract=replace(vendor.contract, callbacks=callbacks))


class InProcess:
    """A prepared server of which only the test runs anything.

    Args:
        folder: where its state goes.
        vendors: instead of all.
        settings: changes of the default ones.
    """

    def __init__(self, folder: Path, vendors: Iterable[Vendor] | None = None, **settings: Any) -> None:
        chosen = load_vendors() if vendors is None else {vendor.name: vendor for vendor in vendors}
        self.services = Services(Settings(**{"state": str(folder / "state.db"), **settings}), chosen, load_control())
        self.services.prepare()
        self.app = create_app(self.services)
        self.http: HttpClient = InProcessHttp(self.app)
        self.base_url = self.http.base_url
        self.control_headers: Mapping[str, str] = {}
        self.exclusive = True

    def close(self) -> None:
        self.services.state.close()


class InProcessHttp(HttpClient):
    """Requests of one thread to an application."""

    def __init__(self, app: Flask) -> None:
        super().__init__("http://localhost")
        self._client = app.test_client()

    def exchange(self, method: str, url: str, headers: dict[str, str], body: bytes | None) -> HttpResponse:
        path, _, query = url.removeprefix(self.base_url).partition("?")
        answer = self._client.open(path, method=method, query_string=query, data=body, headers=headers)
        return HttpResponse(answer.status_code, {name.lower(): value for name, value in answer.headers}, answer.data)
