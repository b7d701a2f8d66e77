"""The callback receiver of the plugin and of the tests."""

from tests.support.http import Http
from tests.support.receiver import Receiver


def test_the_receiver_announces_that_it_closes_the_connection(receiver: Receiver) -> None:
    base, _, path = receiver.url.rpartition("/")
    http = Http(base)
    reply = http.post(f"/{path}", {"id": 1})
    assert (reply.status, reply.headers["connection"]) == (200, "close")
    assert receiver.wait_for(1)[0].json == {"id": 1}
    http.close()
