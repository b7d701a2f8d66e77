"""Turns: how many threads of a process handle requests at once."""

import threading
from concurrent.futures import ThreadPoolExecutor

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


def test_a_turn_that_was_given_up_is_taken_again_when_it_is_needed() -> None:
    turns = Turns(1)
    without, turn = turns.until_needed(), turns.until_needed()
    without.give_up()
    without.take()
    assert not turns.has_one()
    turns.take()
    for _ in range(2):
        turn.give_up()
        turn.give_up()
        assert not turns.has_one()
        turn.take()
        turn.take()
        assert turns.has_one()


def test_a_thread_that_is_about_to_wait_has_a_turn_only_afterwards() -> None:
    turns = Turns(1)
    turns.take_later()
    with turns.given_away(), ThreadPoolExecutor(1) as pool:
        pool.submit(turns.take).result(WAIT)
        pool.submit(turns.give_up).result(WAIT)
    with ThreadPoolExecutor(1) as pool:
        other = pool.submit(turns.take)
        assert not other.done(), "this thread has the only turn"
        turns.give_up()
        other.result(WAIT)


def test_a_thread_that_did_not_wait_has_no_turn_to_give_up() -> None:
    turns = Turns(1)
    turns.take_later()
    turns.give_up()
    turns.take()
    with ThreadPoolExecutor(1) as pool:
        other = pool.submit(turns.take)
        assert not other.done(), "there is one turn"
        turns.give_up()
        other.result(WAIT)
