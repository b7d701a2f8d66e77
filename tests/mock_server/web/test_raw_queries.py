"""A query with bytes beyond ASCII, which no client should send, is read as the text that they are."""

from urllib.parse import quote

import pytest

from bodydouble.mock_server.testing.account import Account
from bodydouble.mock_server.testing.server import Server
from tests.support.guiji import Guiji
from tests.support.raw_endpoint import exchange

pytestmark = pytest.mark.process


@pytest.mark.parametrize("text", ["测试", "你", "é"])
def test_the_journal_shows_raw_bytes_of_a_query_percent_encoded(process_server: Server, text: str) -> None:
    account = Account(process_server)
    token = Guiji(account).token
    target = f"/openapi/user/v2/get?access_token={token}&name={text}"
    host = process_server.base_url.removeprefix("http://")
    response = exchange(
        process_server.base_url, f"GET {target} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode()
    )
    assert b'"code":"0"' in response
    entry = next(entry for entry in account.journal() if entry["path"] == "/openapi/user/v2/get")
    assert entry["query"].endswith(f"&name={quote(text)}")
