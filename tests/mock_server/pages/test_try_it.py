"""Try it: a form for each operation, whose request is signed, sent over the server's own socket, and shown."""

import json
import re
from html import unescape

import pytest

from bodydouble.contracts.model.loader import load_contract
from bodydouble.mock_server.testing.account import Account
from bodydouble.mock_server.testing.server import Server
from tests.support.page_reader import Page, PageReader

pytestmark = pytest.mark.process
HOSTILE = '"><script>alert(1)</script>'
VENDORS = ("aliyun-avatar", "guiji", "huawei-metastudio", "softsugar", "control")
LIST = '{"page": 1, "size": 10}'


@pytest.fixture
def reader(process_server: Server) -> PageReader:
    return PageReader(process_server.http)


@pytest.fixture
def account(process_server: Server) -> Account:
    return Account(process_server)


def try_it(reader: PageReader, vendor: str, operation: str, **fields: str) -> Page:
    url = f"/_mock/reference/{vendor}/operations/{operation}/"
    return reader.send(reader.get(url), f"{url}try", **fields)


def shown(page: Page, label: str) -> str:
    (text,) = re.findall(
        rf'<pre tabindex="0" aria-label="{label}" dir="auto"><code>(.*?)</code></pre>', page.text, re.S
    )
    return unescape(text)


def filled(page: Page) -> dict[str, str]:
    """What the form on a page has in its fields."""
    form = page.text[page.text.index('enctype="multipart/form-data"') :].partition("</form>")[0]
    fields = re.findall(r'<input id="[^"]*" name="([^"]*)" value="([^"]*)"', form)
    fields += re.findall(r'<textarea id="[^"]*" name="([^"]*)"[^>]*>\n(.*?)</textarea>', form, re.S)
    for name, options in re.findall(r'<select id="[^"]*" name="([^"]*)">(.*?)</select>', form, re.S):
        fields += [(name, value) for value in re.findall(r'<option value="([^"]*)" selected>', options)]
    return {name: unescape(value) for name, value in fields}


@pytest.mark.parametrize("vendor", VENDORS)
def test_every_operation_has_a_form_with_its_example(reader: PageReader, vendor: str) -> None:
    contract = load_contract(vendor)
    for operation in contract.operations.values():
        page = reader.get(f"/_mock/reference/{vendor}/operations/{operation.id}/")
        fields = filled(page)
        required = {f"{entry.location}.{entry.name}" for entry in operation.parameters if entry.location == "path"}
        assert required <= fields.keys(), operation.id
        assert ("body" in fields) == (operation.request_body is not None and operation.request_body.json is not None)
        assert ("account" in fields) == (vendor != "control")


@pytest.mark.parametrize(
    ("vendor", "operation"),
    [
        ("aliyun-avatar", "QueryAvatarList"),
        ("guiji", "getAccessToken"),
        ("guiji", "listVideos"),
        ("huawei-metastudio", "CreateFile"),
        ("softsugar", "createToken"),
        ("softsugar", "listTasks"),
    ],
)
def test_the_example_is_signed_and_succeeds(reader: PageReader, account: Account, vendor: str, operation: str) -> None:
    url = f"/_mock/reference/{vendor}/operations/{operation}/"
    page = reader.get(f"{url}?account={account.id}")
    result = reader.send(page, f"{url}try", **filled(page))
    assert shown(result, "Response").startswith("HTTP/1.1 200 OK\n"), result.text
    entry = account.journal()[-1]
    assert (entry["operation"], entry["error"]) == (operation, None)
    assert f'/accounts/{account.id}/journal/{entry["id"]}">Entry' in result.text


def test_secrets_of_the_request_are_not_shown(reader: PageReader, account: Account) -> None:
    page = try_it(reader, "guiji", "listVideos", account=account.id, body=LIST)
    assert "?access_token=[redacted]" in shown(page, "Request")
    assert account.credentials("guiji")["secret"] not in page.text


def test_what_was_written_is_sent_as_it_is_and_stays_in_the_form(reader: PageReader, account: Account) -> None:
    page = try_it(reader, "guiji", "listVideos", account=account.id, body='{"page": 0,')
    assert '"code":"40015"' in shown(page, "Response")
    assert filled(page) == {"account": account.id, "body": '{"page": 0,'}


def test_a_violation_leads_to_its_field(reader: PageReader, account: Account) -> None:
    page = try_it(reader, "guiji", "listVideos", account=account.id, body='{"page": 0, "size": 10}')
    assert re.search(r'<a href="/_mock/reference/guiji/operations/listVideos/#[^"]*page"><code>', page.text)
    assert ">parameterInvalid<" in page.text or "#error.parameterInvalid" in page.text


def test_a_fault_strikes_as_on_the_wire(reader: PageReader, account: Account) -> None:
    fault = {"kind": "truncated", "length": "whole"}
    account.control("POST", "/scenarios", {"vendor": "guiji", "operation": "listVideos", "fault": fault, "times": 1})
    page = try_it(reader, "guiji", "listVideos", account=account.id, body=LIST)
    assert "The response did not come in full" in page.text
    assert "The fault truncated of scenario" in page.text


def test_a_connection_that_breaks_is_told(reader: PageReader, account: Account) -> None:
    fault = {"kind": "emptyReply"}
    account.control("POST", "/scenarios", {"vendor": "guiji", "operation": "listVideos", "fault": fault, "times": 1})
    page = try_it(reader, "guiji", "listVideos", account=account.id, body=LIST)
    assert page.status == 200
    assert "No response came" in page.text


@pytest.mark.parametrize(
    ("vendor", "operation", "field"),
    [
        ("guiji", "listVideos", "body"),
        ("guiji", "getVideo", "path.id"),
        ("huawei-metastudio", "ListAssets", "query.name"),
        ("huawei-metastudio", "ListAssets", "header.X-App-UserId"),
        ("aliyun-avatar", "StartInstance", "query.App"),
        ("aliyun-avatar", "StartInstance", "query.Format"),
    ],
)
def test_what_is_written_is_shown_as_text(
    reader: PageReader, account: Account, vendor: str, operation: str, field: str
) -> None:
    page = try_it(reader, vendor, operation, **{"account": account.id, field: HOSTILE})
    assert page.status == 200
    assert "<script>alert" not in page.text
    assert "&lt;script&gt;alert(1)" in page.text or "\\u003cscript" in page.text


@pytest.mark.parametrize(("account", "status"), [("nobody", 404), (HOSTILE, 400), ("", 400)])
def test_an_account_that_is_not_there_is_said(reader: PageReader, account: str, status: int) -> None:
    page = try_it(reader, "guiji", "listVideos", account=account, body=LIST)
    assert page.status == status
    assert 'role="alert"' in page.text
    assert "<script>alert" not in page.text


@pytest.mark.parametrize("value", ["a\r\nX-Evil: 1", "中文"])
def test_a_header_that_cannot_be_sent_is_explained(reader: PageReader, account: Account, value: str) -> None:
    fields = {"account": account.id, "header.X-App-UserId": value}
    page = try_it(reader, "huawei-metastudio", "ListAssets", **fields)
    assert page.status == 422
    assert "X-App-UserId" in page.text.partition('role="alert"')[2].partition("</p>")[0]


def test_a_form_of_another_session_sends_nothing(reader: PageReader, account: Account) -> None:
    body = f"account={account.id}&body={LIST}&csrf_token=wrong".encode()
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    reader.get("/_mock/reference/guiji/")
    page = reader.request("POST", "/_mock/reference/guiji/operations/listVideos/try", body, headers)
    assert page.status == 409
    assert account.journal() == []


def test_a_long_body_is_sent_whole_and_shown_in_part(reader: PageReader, account: Account) -> None:
    text = json.dumps({"page": 1, "size": 10, "note": "x" * 1_500_000})
    page = try_it(reader, "guiji", "listVideos", account=account.id, body=text)
    assert '"code":"0"' in shown(page, "Response")
    assert "more characters" in shown(page, "Request")


def test_an_operation_of_the_control_plane_is_tried_without_an_account(reader: PageReader) -> None:
    assert '"accounts":' in shown(try_it(reader, "control", "listAccounts"), "Response")
