"""Where the time of a video synthesis went: the phases of getTaskPhases, and `time_info` of the task's message."""

from collections.abc import Iterator
from typing import Any

from bodydouble.mock_server.vendor_api.local_time import local_text
from bodydouble.mock_server.vendor_api.task_view import TaskView
from bodydouble.mock_server.vendors.softsugar import names, products
from bodydouble.mock_server.vendors.softsugar.runs import Run, last_run

# In the order of the vendor's table (line 1618), with their parts of the whole time in hundredths, which are invented.
PHASES = {
    "asset_download": 12,
    "parse_json": 1,
    "st_mobile_change_package": 7,
    "preprocess": 5,
    "main_process": 60,
    "postprocess": 8,
    "result_upload": 7,
}
_MAIN_PHASE = "main_process"
# The phases that the vendor's example of `time_info` has, too (line 1046).
_SHOWN_IN_MESSAGE = ("parse_json", "preprocess", "postprocess", "main_process", "st_mobile_change_package")
# What is done for each frame within the main phase, with its part of that phase in thousandths, as in that example.
_PER_FRAME = {"audio_process": 510, "video_process": 37}

# The name of a phase, and when it began and ended.
Span = tuple[str, int, int]


def phases(view: TaskView) -> list[dict[str, Any]]:
    """The phases of a video synthesis so far: together they take the time from its start to its end."""
    return [_phase(view, *span) for span in _spans(view, last_run(view))]


def _spans(view: TaskView, run: Run) -> Iterator[Span]:
    if run.started is None:
        return
    phase_names, end = _phases_of(view, run)
    parts = sum(PHASES[name] for name in phase_names) if run.ended is not None else sum(PHASES.values())
    done, begun = 0, run.started
    for name in phase_names:
        done += PHASES[name]
        ended = run.started + (end - run.started) * done // parts
        if ended > view.now:
            return
        yield name, begun, ended
        begun = ended


def _phases_of(view: TaskView, run: Run) -> tuple[list[str], int]:
    # The names of the phases that a run can have ended by now, and when it ends.
    all_names, main = list(PHASES), list(PHASES).index(_MAIN_PHASE)
    if run.ended is not None:
        # What fails or is cancelled does so in its main phase.
        return (all_names if run.state == names.TASK_COMPLETED else all_names[: main + 1]), run.ended
    edge = view.lifecycle.timed_edge(names.TASK_PROCESSING, view.task.plan.outcome)
    assert edge is not None
    return all_names[:main], (run.started or 0) + view.account.tempo.milliseconds(edge)


def _phase(view: TaskView, name: str, begun: int, ended: int) -> dict[str, Any]:
    return {
        "id": int(view.task.key),
        "phase": name,
        "startTime": local_text(begun),
        "endTime": local_text(ended),
        "costTime": ended - begun,
    }


def time_info(view: TaskView) -> dict[str, Any]:
    """The ten steps of a synthesis that is completed; the phases among them agree with those of getTaskPhases."""
    run = last_run(view)
    spans = {name: (begun, ended) for name, begun, ended in _spans(view, run)}
    begun, ended = spans[_MAIN_PHASE]
    return {
        "receive_task_from_agent": {"start": _exact(run.started or run.ended or 0)},
        **{name: _step(*spans[name]) for name in _SHOWN_IN_MESSAGE},
        **_work_per_frame(view, ended - begun),
        "wait_srt_stream": {"avg": 0, "sum": 0},
        "send_task_response": {"start": _exact(run.ended or view.now)},
    }


def _step(begun: int, ended: int) -> dict[str, Any]:
    took = ended - begun
    return {"avg": took, "sum": took, "start": _exact(begun), "end": _exact(ended)}


def _work_per_frame(view: TaskView, took: int) -> dict[str, Any]:
    frames = products.last_frame_index(view.attributes) + 1
    sums = {name: took * part // 1000 for name, part in _PER_FRAME.items()}
    return {name: {"avg": total / frames, "sum": total} for name, total in sums.items()}


def _exact(timestamp_ms: int) -> str:
    return f"{local_text(timestamp_ms)}.{timestamp_ms % 1000:03d}"
