"""Ports for test servers: no other socket gets one before its server listens."""

import errno
import socket

import pytest

from bodydouble.mock_server.testing.server import free_port


def test_a_reserved_port_is_free_only_for_a_server_that_names_it() -> None:
    port = free_port()
    with socket.socket() as other, pytest.raises(OSError, match="in use") as error:
        other.bind(("127.0.0.1", port))
    assert error.value.errno == errno.EADDRINUSE
    with socket.create_server(("127.0.0.1", port)), socket.create_connection(("127.0.0.1", port), timeout=5):
        """A server listens on it, and a client gets through."""


def test_nothing_listens_on_a_reserved_port() -> None:
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", free_port()), timeout=5)


def test_no_port_is_reserved_twice() -> None:
    assert len({free_port() for _ in range(200)}) == 200
