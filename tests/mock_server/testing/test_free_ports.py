"""Ports for servers of tests: nobody else gets one between its choice and the listening."""

import errno
import socket

import pytest

from bodydouble.mock_server.testing.server import free_port


def test_a_port_that_was_given_out_is_kept_for_who_asks_for_it_by_number() -> None:
    port = free_port()
    with socket.socket() as anybody, pytest.raises(OSError, match="in use") as refused:
        anybody.bind(("127.0.0.1", port))
    assert refused.value.errno == errno.EADDRINUSE
    with socket.create_server(("127.0.0.1", port)), socket.create_connection(("127.0.0.1", port), timeout=5):
        """A server listens on it, and a client gets through."""


def test_nobody_answers_at_a_port_that_was_given_out() -> None:
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", free_port()), timeout=5)


def test_no_port_is_given_out_twice() -> None:
    assert len({free_port() for _ in range(200)}) == 200
