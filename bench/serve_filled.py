"""Serves a state that was filled: serve_filled STATE PORT. The command line has no limits as wide as these."""

import os
import sys

from bench.filling import SETTINGS
from bodydouble.mock_server.process.server import run
from bodydouble.mock_server.settings import Settings


def main(state: str, port: int) -> None:
    """Serve until a signal."""
    settings = Settings(**{"state": state, "port": port, "workers": os.cpu_count() or 1, **SETTINGS})
    run(settings, "127.0.0.1", port, "warning", lambda _: None)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
