"""Bodies on the wire: read whole whatever their size, and answered with their length."""

import http.client

import pytest

from tests.support.account import Account
from tests.support.server import Server


@pytest.mark.parametrize("size", [20, 64 * 1024 - 1, 64 * 1024, 64 * 1024 + 1, 300_000])
def test_a_body_is_read_whole_whatever_its_size(server: Server, account: Account, size: int) -> None:
    body = b'{"seconds": 0' + b" " * (size - 14) + b"}"
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=20)
    connection.request(
        "POST", f"/_mock/accounts/{account.id}/clock/advance", body, {"Content-Type": "application/json"}
    )
    answer = connection.getresponse()
    content = answer.read()
    assert (answer.status, len(body)) == (200, size), content
    assert answer.headers["content-length"] == str(len(content))
    connection.close()


def test_head_is_answered_with_the_headers_of_get_alone(server: Server) -> None:
    answers = []
    for method in ("GET", "HEAD"):
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=20)
        connection.request(method, "/_mock/health")
        answer = connection.getresponse()
        answers.append((answer.status, answer.headers["content-type"], len(answer.read())))
        connection.close()
    (get, get_type, length), (head, head_type, nothing) = answers
    assert (get, get_type) == (head, head_type) == (200, "application/json")
    assert length > nothing == 0
