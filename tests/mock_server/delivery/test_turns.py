"""Turns: how many threads of a process handle requests at once."""

import threading

from bodydouble.mock_server.delivery.turns import Turns
from bodydouble.mock_server.testing.receiver import WAIT


def test_the_end_waits_for_threads_that_have_a_turn() -> None:
    turns, done, ended = Turns(2), threading.Event(), threading.Event()
    started = threading.Event()

    def work() -> None:
        turns.take()
        started.set()
        done.wait(WAIT)
        turns.give_up()

    def end() -> None:
        turns.end(WAIT)
        ended.set()

    threading.Thread(target=work).start()
    assert started.wait(WAIT)
    threading.Thread(target=end).start()
    assert not ended.wait(0.05), "a request is under way"
    done.set()
    assert ended.wait(WAIT)


def test_the_end_does_not_wait_for_ever() -> None:
    turns = Turns(1)
    turns.take()
    turns.end(0.01)
