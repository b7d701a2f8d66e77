"""Background threads go on whatever their steps raise, and are started again when they die."""

import logging
import os
import threading
import time
from collections.abc import Callable

import pytest

from bodydouble.mock_server.delivery import background
from bodydouble.mock_server.delivery.background import Background
from bodydouble.mock_server.testing.receiver import WAIT


def wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 5
    while not condition():
        assert time.monotonic() < deadline, "it does not happen"
        time.sleep(0.005)


@pytest.fixture(autouse=True)
def short_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(background, "RETRY_PAUSE", 0.01)


class Failing:
    """A step that fails some times, and then works."""

    def __init__(self, error: BaseException, times: int) -> None:
        self.error, self.times, self.worked = error, times, 0

    def __call__(self) -> None:
        if self.times:
            self.times -= 1
            raise self.error
        self.worked += 1


@pytest.mark.parametrize("error", [ValueError("x"), MemoryError(), SystemExit(1), KeyboardInterrupt(), GeneratorExit()])
def test_a_step_is_tried_again_whatever_it_raises(error: BaseException, caplog: pytest.LogCaptureFixture) -> None:
    step = Failing(error, 3)
    threads = Background()
    thread = threads.thread("example", step, 0.001)
    thread.start()
    wait_until(lambda: step.worked > 2)
    thread.stop()
    report = thread.report()
    assert (report.name, report.failures, report.restarts) == ("example", 3, 0)
    assert report.last_failure_at is not None
    levels = [record.levelno for record in caplog.records]
    assert levels == [logging.ERROR, logging.WARNING], "a series of failures is one error, and its end is said"


def test_a_thread_that_dies_is_started_again(caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(threading, "excepthook", lambda _: None)
    step = Failing(ValueError(), 0)
    threads = Background()
    thread = threads.thread("example", step, 0.001)
    # Of this one only: servers of other tests have such threads, too.
    with monkeypatch.context() as patch:
        patch.setattr(thread, "_take_step", exit_thread)
        thread.start()
        wait_until(lambda: thread._thread is not None and not thread._thread.is_alive())
    threads.start()
    wait_until(lambda: step.worked > 0)
    threads.stop()
    thread.stop()
    assert thread.report().restarts == 1
    assert "the thread example of the server has died; it is started again" in caplog.text


def exit_thread() -> None:
    raise RuntimeError("outside of the step")


def test_a_stopped_thread_is_not_started_again() -> None:
    threads = Background()
    thread = threads.thread("example", lambda: None, 0.001)
    thread.start()
    thread.stop()
    threads.check()
    assert thread.report().restarts == 0


def test_a_woken_thread_does_not_wait_for_its_interval() -> None:
    step = Failing(ValueError(), 0)
    thread = Background().thread("example", step, 3600)
    thread.start()
    thread.wake()
    wait_until(lambda: step.worked == 1)
    thread.stop()


def test_a_step_says_when_the_next_one_is_and_that_can_be_hastened() -> None:
    steps, taken = iter([3600.0, None]), threading.Semaphore(0)

    def step() -> float | None:
        taken.release()
        return next(steps, None)

    thread = Background().thread("patient", step, 0.001)
    thread.start()
    assert taken.acquire(timeout=WAIT)
    assert not taken.acquire(timeout=0.05)
    thread.hasten()
    # And from then on in the usual interval.
    assert taken.acquire(timeout=WAIT)
    assert taken.acquire(timeout=WAIT)
    thread.stop()


def test_forked_processes_count_together() -> None:
    threads = Background()
    thread = threads.thread("example", lambda: None, 1)
    process = os.fork()
    if not process:
        thread._count(failures=1)
        os._exit(0)
    os.waitpid(process, 0)
    assert thread.report().failures == 1
