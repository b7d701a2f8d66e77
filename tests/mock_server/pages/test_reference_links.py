"""Other pages lead to the place of a field; the reference itself needs nothing but contracts."""

from collections.abc import Iterator

import pytest
from flask import Flask

from bodydouble.contracts.model.loader import load_contract
from bodydouble.mock_server.pages.reference import place_of, reference_pages
from tests.support.in_process import InProcessServer
from tests.support.page_reader import PageReader

ROOT = "/_mock/reference/"


@pytest.fixture
def app() -> Iterator[Flask]:
    """An application that has the reference of one vendor, and no server around it."""
    app = Flask("alone", static_folder=None, template_folder=None)
    app.register_blueprint(reference_pages({"guiji": load_contract("guiji")}))
    with app.test_request_context():
        yield app


@pytest.mark.usefixtures("app")
@pytest.mark.parametrize(
    ("operation", "part", "pointer", "url"),
    [
        ("createVideo", "body", "/callbackUrl", f"{ROOT}guiji/operations/createVideo/#body.callbackUrl"),
        ("createVideo", "body", "/unknown/0", f"{ROOT}guiji/operations/createVideo/#body"),
        ("getAccessToken", "query", "/sign", f"{ROOT}guiji/operations/getAccessToken/#query.sign"),
        ("createVideo", "", "", f"{ROOT}guiji/operations/createVideo/"),
        ("createVideo", "status", "", f"{ROOT}guiji/operations/createVideo/"),
        ("nothing", "body", "/a", None),
        (None, "", "", None),
    ],
)
def test_a_violation_leads_to_its_field(operation: str | None, part: str, pointer: str, url: str | None) -> None:
    assert place_of("guiji", operation, part, pointer) == url


@pytest.mark.usefixtures("app")
def test_a_vendor_without_a_reference_has_no_places() -> None:
    assert place_of("nobody", "createVideo") is None


def test_an_entry_of_the_journal_leads_to_the_field_that_it_broke(server: InProcessServer, reader: PageReader) -> None:
    server.http.request("GET", "/openapi/oauth/token?grant_type=sign&appId=x&timestamp=1&sign=x")
    [entry] = server.http.request("GET", "/_mock/accounts/anonymous/journal?operation=getAccessToken").json["entries"]
    page = reader.get(f"/_mock/dashboard/accounts/anonymous/journal/{entry['id']}").text
    assert f'href="{ROOT}guiji/operations/getAccessToken/#query.timestamp"' in page
    assert f'href="{ROOT}guiji/operations/getAccessToken/"' in page
