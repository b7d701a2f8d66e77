"""What commands share that serve in the foreground until Ctrl-C ends them."""

import contextlib
import json
import logging
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Protocol

import click

from bodydouble.contracts.model.documents import SpecificationError

COULD_NOT_RUN = 2
_STOPPING = (signal.SIGINT, signal.SIGTERM)


class JsonReport(Protocol):
    """What is written into a report's file."""

    def as_json(self) -> Any:
        """The report as a JSON document."""


@contextlib.contextmanager
def serving() -> Iterator[None]:
    """The block starts what serves, and calls `wait_for_stop`; if it cannot, the command ends with COULD_NOT_RUN."""
    logging.basicConfig(format="%(levelname)s %(name)s: %(message)s")
    # Before any thread starts, because threads inherit what is blocked: the signals must wait for `sigwait`.
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _STOPPING)
    try:
        yield
    except (OSError, ValueError, SpecificationError) as error:
        click.echo(f"Error: {error}", err=True)
        sys.exit(COULD_NOT_RUN)
    finally:
        # Also after an error: programs that this process starts later inherit what is blocked.
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def wait_for_stop() -> None:
    """Wait for Ctrl-C or SIGTERM; a second one ends the process at once."""
    signal.sigwait(_STOPPING)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _STOPPING)


def write_report(path: Path | None, report: JsonReport) -> None:
    """Write a report into a file, if there is to be one.

    Raises:
        OSError: it cannot be written.
    """
    if path is not None:
        path.write_text(json.dumps(report.as_json(), ensure_ascii=False, indent=2) + "\n")
