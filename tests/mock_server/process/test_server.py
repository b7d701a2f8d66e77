"""The port of a server that is still loading."""

import subprocess
import sys
from pathlib import Path

import pytest

from bodydouble.mock_server.testing.server import free_port

pytestmark = pytest.mark.process

# Runs `meanwhile` while the server loads its services.
MEANWHILE = """
import errno, socket, sys
import bodydouble.mock_server.process.server as server
from bodydouble.mock_server.settings import Settings

state, port = sys.argv[1], int(sys.argv[2])
load, opened = server.load_services, []

def meanwhile(settings):
    {meanwhile}
    return load(settings)

server.load_services = meanwhile
try:
    server.run(Settings(state=state, workers=1), "127.0.0.1", port, "warning", lambda services: print("ready"))
except OSError as error:
    print(error)
"""


def run(tmp_path: Path, meanwhile: str) -> str:
    """Start a server and run a line of code while it loads; its output."""
    program, port = MEANWHILE.format(meanwhile=meanwhile), free_port()
    command = [sys.executable, "-c", program, str(tmp_path / "state.db"), str(port)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.stderr == ""
    return done.stdout.replace(str(port), "PORT")


def test_a_server_that_is_still_loading_accepts_no_connections(tmp_path: Path) -> None:
    printed = run(
        tmp_path, "print(errno.errorcode[socket.socket().connect_ex(('127.0.0.1', port))]); raise OSError('enough')"
    )
    assert printed.splitlines() == ["ECONNREFUSED", "enough"], "as if no server were running"


def test_a_server_does_not_share_a_port_that_was_taken_while_it_loaded(tmp_path: Path) -> None:
    shared = "[other.setsockopt(socket.SOL_SOCKET, option, 1) for option in (socket.SO_REUSEADDR, socket.SO_REUSEPORT)]"
    listening = "other.bind(('127.0.0.1', port)); other.listen()"
    printed = run(tmp_path, f"other = socket.socket(); opened.append(other); {shared}; {listening}")
    assert printed == "cannot listen on 127.0.0.1, port PORT: Address already in use\n"
