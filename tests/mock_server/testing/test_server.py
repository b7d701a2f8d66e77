"""A server that cannot be used is reported at once, with the reason."""

import errno
import socket
from pathlib import Path
from typing import Any

import pytest

from bodydouble.mock_server.testing.receiver import Receiver, respond
from bodydouble.mock_server.testing.server import RunningServer, Server, ServerUnavailableError, free_port


def test_a_machine_without_loopback_is_reported_before_a_server_is_started(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unreachable(*arguments: Any, **options: Any) -> socket.socket:
        raise OSError(errno.ENETUNREACH, "Network is unreachable")

    monkeypatch.setattr(socket, "create_connection", unreachable)
    with pytest.raises(ServerUnavailableError, match=r"nothing can connect to 127\.0\.0\.1 .*Network is unreachable"):
        Server(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_url_at_which_nothing_listens_is_reported() -> None:
    url = f"http://127.0.0.1:{free_port()}"
    with pytest.raises(ServerUnavailableError, match=f"no server responds at {url}: .*refused"):
        RunningServer(url)


def test_a_url_of_another_server_is_reported() -> None:
    receiver = Receiver(respond(404))
    base = receiver.url.removesuffix("/callback")
    try:
        with pytest.raises(ServerUnavailableError, match="is no Bodydouble: GET /_mock/health returned 404"):
            RunningServer(base)
    finally:
        receiver.close()
