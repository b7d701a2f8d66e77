"""Signals as in a terminal, even if the tests themselves run in the background."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager

# The signals that `nohup` and a shell without job control (`nohup make test &`) make a process and its children ignore.
_IGNORED_IN_BACKGROUND = (signal.SIGINT, signal.SIGHUP)


def _do_nothing(*_: object) -> None:
    """Ignore a signal."""


@contextmanager
def ends_by_signals() -> Iterator[None]:
    """Let the processes that are started meanwhile end by SIGINT and SIGHUP, as those that are started in a terminal.

    An ignored signal stays ignored in a new program; one that has a handler gets its default there. So this process
    gets handlers that do nothing: it still survives what it ignored before.
    """
    ignored = [number for number in _IGNORED_IN_BACKGROUND if signal.getsignal(number) is signal.SIG_IGN]
    for number in ignored:
        signal.signal(number, _do_nothing)
    try:
        yield
    finally:
        for number in ignored:
            signal.signal(number, signal.SIG_IGN)


@contextmanager
def ignored(number: signal.Signals) -> Iterator[None]:
    """Let the processes that are started meanwhile ignore a signal."""
    before = signal.signal(number, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(number, before)
