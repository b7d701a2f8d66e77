"""A secret that the proxy has seen is in no archive, report or log, in whatever form and place it comes back."""

import gzip
import json
import logging
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import urllib3

from bodydouble.contracts.model.loader import load_contract
from bodydouble.contracts.proxy.drift_detector import DriftDetector
from bodydouble.contracts.proxy.server import Proxy
from bodydouble.mock_server.testing.receiver import Receiver, respond
from tests.support.secret_forms import FORMS, core_of

TOKEN = "t0ken-of-an-account/0123456789abcdef"
SECRET = "s3cret-of-an-app.fedcba9876543210"
SIGNED_IN = {"code": "0", "success": True, "message": "ok", "data": {"access_token": TOKEN, "expires_in": 7200}}
Place = Callable[[str], dict[str, Any]]


def text_body(content: bytes, media: str = "text/plain", **headers: str) -> dict[str, Any]:
    return {"method": "POST", "body": content, "headers": {"Content-Type": media, **headers}}


PLACES: dict[str, Place] = {
    "a path": lambda text: {"url": f"/files/{text}"},
    "a query": lambda text: {"url": f"/openapi/user/v2/get?x={text}"},
    "a header": lambda text: {"headers": {"X-Something": f"v {text}"}},
    "the media type": lambda text: text_body(b"body", f"text/plain; x={text}"),
    "a text": lambda text: text_body(f"before|{text}|after".encode()),
    "a form": lambda text: text_body(f"a=1&x={text}&b=2".encode(), "application/x-www-form-urlencoded"),
    "a property": lambda text: text_body(f'{{"note": "{text}"}}'.encode(), "application/json"),
    "the name of a property": lambda text: text_body(f'{{"{text}": [1]}}'.encode(), "application/json"),
    "a compressed body": lambda text: text_body(
        gzip.compress(f'{{"note": "{text}"}}'.encode()), "application/json", **{"Content-Encoding": "gzip"}
    ),
    "a text in UTF-16": lambda text: text_body(f'{{"note": "{text}"}}'.encode("utf-16"), "application/json"),
}


@pytest.fixture
def endpoint() -> Iterator[Receiver]:
    running = Receiver(respond(200, SIGNED_IN))
    yield running
    running.close()


def sent(proxy: Proxy, method: str = "GET", url: str = "/openapi/user/v2/get", **message: Any) -> None:
    # As it is: urllib3 would rewrite what is percent-encoded.
    host, port = proxy.base_url.removeprefix("http://").split(":")
    connection = urllib3.connection.HTTPConnection(host, int(port))
    connection.request(method, url, **message)
    connection.getresponse()
    connection.close()


def signed_in(proxy: Proxy) -> None:
    sent(proxy, url=f"/openapi/oauth/token?grant_type=sign&appId=app&secret={SECRET}")


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("form", FORMS)
def test_a_secret_is_in_no_archive_and_in_no_report(endpoint: Receiver, tmp_path: Path, form: str, place: str) -> None:
    with Proxy(load_contract("guiji"), endpoint.url.removesuffix("/callback"), har=tmp_path / "recorded.har") as proxy:
        signed_in(proxy)
        # Also what an endpoint repeats.
        for value in (TOKEN, SECRET):
            written = FORMS[form](value)
            endpoint.behaviour = respond(200, {"message": f"this is {written}", "data": [{written: written}]})
            sent(proxy, **PLACES[place](written))
        report = json.dumps(proxy.report().as_json())
    recorded = (tmp_path / "recorded.har").read_text()
    assert len(endpoint.received) == 3
    for value in (TOKEN, SECRET):
        core = core_of(form, value)
        for shown in (recorded, report):
            assert core not in shown
            assert json.dumps(core)[1:-1] not in shown


def test_an_exchange_that_cannot_be_examined_is_logged_without_its_path(
    endpoint: Receiver, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*arguments: Any) -> None:
        raise KeyError("broken")

    monkeypatch.setattr(DriftDetector, "match", broken)
    with (
        caplog.at_level(logging.ERROR),
        Proxy(load_contract("guiji"), endpoint.url.removesuffix("/callback")) as proxy,
    ):
        sent(proxy, url=f"/files/{TOKEN}")
    assert "an exchange (GET) could not be examined" in caplog.text
    assert TOKEN not in caplog.text


def test_a_password_of_basic_authentication_is_taken_out_of_everything(endpoint: Receiver, tmp_path: Path) -> None:
    with Proxy(load_contract("guiji"), endpoint.url.removesuffix("/callback"), har=tmp_path / "recorded.har") as proxy:
        sent(proxy, headers=urllib3.make_headers(basic_auth=f"user:{SECRET}") | {"X-Something": SECRET})
    assert SECRET not in (tmp_path / "recorded.har").read_text()
