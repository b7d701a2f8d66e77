"""Counting in shared cells, by several threads and by several processes."""

import os
import threading

import pytest

from bodydouble.mock_server.services.metrics.counting import BOUNDS, Counters, Counting, Histograms, Layout
from bodydouble.mock_server.services.metrics.shared_cells import SharedCells

TIMES = 5_000


def test_threads_lose_no_count() -> None:
    layout = Layout()
    counters = Counters(layout, "n_total", "N.", ["kind"], [("a",), ("b",)])
    durations = Histograms(layout, "n_seconds", "N.", ["kind"], [("a",)])
    cells = SharedCells(1, layout.width)
    counting = Counting(cells)

    def count() -> None:
        for _ in range(TIMES):
            counting.add_with_duration(counters.cells["a",], durations.cells["a",], 0.001)

    threads = [threading.Thread(target=count) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    (sample,) = counters.family(cells).samples
    assert (sample.value, sample.labels) == (4 * TIMES, (("kind", "a"),))
    *buckets, total, count_of_all = durations.family(cells).samples
    assert {bucket.value for bucket in buckets} == {4 * TIMES}
    assert [dict(bucket.labels)["le"] for bucket in buckets] == [*map(str, BOUNDS), "+Inf"]
    assert (total.suffix, total.value) == ("_sum", 4 * TIMES / 1000)
    assert (count_of_all.suffix, count_of_all.value) == ("_count", 4 * TIMES)


def test_a_duration_beyond_all_bounds_is_in_the_last_bucket_only() -> None:
    layout = Layout()
    durations = Histograms(layout, "n_seconds", "N.", [], [()])
    cells = SharedCells(1, layout.width)
    Counting(cells).observe(durations.cells[()], BOUNDS[-1] + 1)
    *buckets, last, _, _ = durations.family(cells).samples
    assert {bucket.value for bucket in buckets} == {0}
    assert last.value == 1


def child(cells: SharedCells, number: int) -> None:
    # Ends the process as a kill does: nothing is flushed.
    process = os.fork()
    if process == 0:
        try:
            cells.claim()
            for _ in range(number):
                Counting(cells).add(0)
        finally:
            os._exit(0)
    assert os.waitpid(process, 0) == (process, 0)


@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_processes_count_together_and_what_a_dead_one_has_counted_stays() -> None:
    cells = SharedCells(3, 2)
    cells.claim()
    Counting(cells).add(0)
    child(cells, 5)
    assert cells.sum(0) == 6
    child(cells, 7)
    assert cells.sum(0) == 13
    # The row of the first, which had ended, was free again.
    assert [row[0] for row in map(cells.row, range(3))] == [1, 12, 0]
