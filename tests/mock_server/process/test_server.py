"""What happens to the port while a server loads."""

import subprocess
import sys
from pathlib import Path

import pytest

from bodydouble.mock_server.testing.server import free_port

pytestmark = pytest.mark.process

# Does something at the moment when everything else is loaded.
MEANWHILE = """
import errno, socket, sys
import bodydouble.mock_server.process.server as server
from bodydouble.mock_server.settings import Settings

state, port = sys.argv[1], int(sys.argv[2])
load, kept = server.load_services, []

def meanwhile(settings):
    {meanwhile}
    return load(settings)

server.load_services = meanwhile
try:
    server.run(Settings(state=state, workers=1), "127.0.0.1", port, "warning", lambda services: print("announced"))
except OSError as error:
    print(error)
"""


def run(tmp_path: Path, meanwhile: str) -> str:
    """Begin to serve and do something meanwhile; what was printed."""
    program, port = MEANWHILE.format(meanwhile=meanwhile), free_port()
    command = [sys.executable, "-c", program, str(tmp_path / "state.db"), str(port)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.stderr == ""
    return done.stdout.replace(str(port), "PORT")


def test_a_server_that_still_loads_lets_nobody_in_only_to_throw_them_out(tmp_path: Path) -> None:
    printed = run(
        tmp_path, "print(errno.errorcode[socket.socket().connect_ex(('127.0.0.1', port))]); raise OSError('enough')"
    )
    assert printed.splitlines() == ["ECONNREFUSED", "enough"], "as when nothing runs"


def test_a_server_that_another_one_has_overtaken_does_not_share_its_port(tmp_path: Path) -> None:
    shared = "[other.setsockopt(socket.SOL_SOCKET, one, 1) for one in (socket.SO_REUSEADDR, socket.SO_REUSEPORT)]"
    listening = "other.bind(('127.0.0.1', port)); other.listen()"
    printed = run(tmp_path, f"other = socket.socket(); kept.append(other); {shared}; {listening}")
    assert printed == "cannot listen on 127.0.0.1, port PORT: Address already in use\n"
