"""Lines to paste on pages: with the account's credentials, escaped, and for a request of the journal."""

import re
from html import unescape
from pathlib import Path

import pytest

from bodydouble.contracts.core.tls import SYSTEM_TRUST, Trust
from bodydouble.mock_server.pages.server_trust import server_trust
from bodydouble.mock_server.settings import Settings
from bodydouble.testing import Account
from tests.support.guiji import Guiji
from tests.support.https import certificate
from tests.support.in_process import InProcessServer
from tests.support.page_reader import PageReader

LIST = "/openapi/video/v2/pageList"


@pytest.fixture
def guiji(server: InProcessServer) -> Guiji:
    return Guiji(Account(server, frozen_at=1_700_000_000_000))


def code(text: str, id: str) -> str:
    (shown,) = re.findall(rf'<code id="{id}">(.*?)</code>', text, re.DOTALL)
    return unescape(shown)


def test_an_account_shows_lines_with_its_own_credentials(reader: PageReader, guiji: Guiji) -> None:
    page = reader.get(f"/_mock/dashboard/accounts/{guiji.account.id}").text
    lines = code(page, "guiji-lines-curl").splitlines()
    known = guiji.account.credentials("guiji")
    assert lines[:2] == [f"app_id={known['app_id']}", f"secret={known['secret']}"]
    assert f'secret = "{known["secret"]}"' in code(page, "guiji-lines-python")
    assert "from alibabacloud_avatar20220130.client import Client" in code(page, "aliyun-avatar-lines-sdk")
    assert 'id="guiji-lines-sdk"' not in page


def test_an_operation_shows_lines_for_the_default_account(reader: PageReader) -> None:
    page = reader.get("/_mock/reference/guiji/operations/createVideo/").text
    assert "secret=guiji-secret-default" in code(page, "lines-curl")
    assert '"text": "Welcome to the studio."' in code(page, "lines-python")


def test_an_operation_shows_lines_for_the_account_that_the_url_names(reader: PageReader, guiji: Guiji) -> None:
    page = reader.get(f"/_mock/reference/guiji/operations/createVideo/?account={guiji.account.id}").text
    assert f"secret={guiji.account.credentials('guiji')['secret']}" in code(page, "lines-curl")


def test_without_the_account_the_lines_say_what_to_put_there(reader: PageReader) -> None:
    page = reader.get("/_mock/reference/guiji/operations/createVideo/?account=<script>").text
    assert "<script>" not in page.partition("<main")[2]
    assert "secret=your-secret" in code(page, "lines-curl")


def test_an_operation_of_the_control_plane_needs_no_credentials(reader: PageReader) -> None:
    page = reader.get("/_mock/reference/control/operations/listAccounts/").text
    assert code(page, "lines-curl").splitlines()[-1].endswith("/_mock/accounts")


def test_a_request_of_the_journal_has_lines_that_sign_it_anew(reader: PageReader, guiji: Guiji) -> None:
    guiji.send("POST", LIST, {"page": 1, "size": 7, "note": "</code><script>'$(id)"})
    entry = next(entry for entry in guiji.account.journal() if entry["operation"] == "listVideos")
    page = reader.get(f"/_mock/dashboard/accounts/{guiji.account.id}/journal/{entry['id']}").text
    lines = code(page, "bash-line")
    assert '"size": 7' in lines or '"size":7' in lines
    assert f"secret={guiji.account.credentials('guiji')['secret']}" in lines
    assert "redacted" not in lines
    assert "<script>" not in page.partition("<main")[2]


def test_lines_have_the_address_that_clients_use(tmp_path: Path) -> None:
    server = InProcessServer(tmp_path, base_url="https://mock.example/mock")
    guiji, reader = Guiji(Account(server)), PageReader(server.http)
    guiji.page(LIST)
    entry = next(entry for entry in guiji.account.journal() if entry["operation"] == "listVideos")
    for path, id in (
        (f"/_mock/dashboard/accounts/{guiji.account.id}/journal/{entry['id']}", "bash-line"),
        (f"/_mock/dashboard/accounts/{guiji.account.id}", "guiji-lines-curl"),
        ("/_mock/reference/guiji/operations/listVideos/", "lines-curl"),
        ("/_mock/reference/control/operations/listAccounts/", "lines-curl"),
    ):
        lines = code(reader.get(path).text, id)
        assert "https://mock.example/mock/" in lines
        assert "localhost" not in lines
    server.close()


def test_lines_trust_the_certificate_of_the_server(tmp_path: Path) -> None:
    pem = certificate(tmp_path)
    settings = Settings(state="", tls_cert=str(pem), tls_key=str(pem.with_suffix(".key")))
    assert server_trust(settings, "https://localhost:8443") == Trust(pem)
    # The certificate is for another name.
    assert server_trust(settings, "https://127.0.0.1:8443") == Trust(verify=False)
    assert server_trust(settings, "http://localhost") == SYSTEM_TRUST
    assert server_trust(Settings(state=""), "https://localhost") == SYSTEM_TRUST


def test_a_request_of_nobody_has_no_lines(reader: PageReader, server: InProcessServer) -> None:
    server.http.request("POST", f"{LIST}?access_token=unknown", body=b"{}")
    (entry,) = server.http.request("GET", "/_mock/accounts/anonymous/journal?limit=1").json["entries"]
    page = reader.get(f"/_mock/dashboard/accounts/anonymous/journal/{entry['id']}").text
    assert 'id="bash-line"' not in page


@pytest.mark.parametrize(
    ("vendor", "labels"),
    [
        ("aliyun-avatar", ["The header Authorization", "The query with its parameter Signature"]),
        ("guiji", ["Its MD5, which is sent as sign"]),
        ("huawei-metastudio", ["The header Authorization"]),
        ("softsugar", ["Its MD5, which is sent as sign"]),
    ],
)
def test_the_overview_of_a_vendor_has_worked_examples(reader: PageReader, vendor: str, labels: list[str]) -> None:
    page = reader.get(f"/_mock/reference/{vendor}/").text
    for label in labels:
        assert f'<pre tabindex="0" aria-label="{label}">' in page
    assert "account <bdi>default</bdi>" in page


def test_a_callback_has_a_worked_signature_with_the_accounts_key(reader: PageReader) -> None:
    page = reader.get("/_mock/reference/aliyun-avatar/callbacks/videoTaskFinished/").text
    assert "|1767225600000|BodydoubleAuthKy" in page
