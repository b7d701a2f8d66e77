"""Commands in the foreground: what they block is blocked no longer than they serve."""

import signal

import pytest

from bodydouble.mock_server.cli.foreground import COULD_NOT_RUN, serving


def blocked() -> set[int]:
    return {int(number) for number in signal.pthread_sigmask(signal.SIG_BLOCK, ())}


def fail_while_serving() -> None:
    with serving():
        assert signal.SIGTERM in blocked()
        raise OSError("the port is in use")


def test_a_command_that_cannot_run_leaves_no_signal_blocked() -> None:
    before = blocked()
    with pytest.raises(SystemExit) as ended:
        fail_while_serving()
    assert ended.value.code == COULD_NOT_RUN
    assert blocked() == before
