"""A port that nobody else uses."""

import socket
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

_INTERVAL = 0.01


@contextmanager
def reserved_port(host: str) -> Iterator[int]:
    """A free TCP port of an address, which no other program gets meanwhile.

    Raises:
        OSError: there is no such address here.
    """
    addresses = socket.getaddrinfo(host, 0, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    family, _, _, _, address = min(addresses, key=lambda candidate: candidate[0] != socket.AF_INET)
    with socket.socket(family, socket.SOCK_STREAM) as reservation:
        # On Linux, a server that names the port may listen on it all the same.
        reservation.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        reservation.bind(address)
        port = int(reservation.getsockname()[1])
        if sys.platform != "linux":
            reservation.close()
        yield port


def wait_for_listener(host: str, port: int) -> None:
    """Wait until somebody listens on a port of this machine."""
    while True:
        try:
            with socket.create_connection((host, port), timeout=1):
                return
        except OSError:
            # The system tells nobody that another process begins to listen.
            time.sleep(_INTERVAL)
