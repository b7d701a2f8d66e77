"""The runs of a task: a restart begins another one."""

from collections.abc import Iterator

from bodydouble.contracts.core.late_dataclass import dataclass
from bodydouble.mock_server.vendor_api.task_view import TaskView
from bodydouble.mock_server.vendors.softsugar import names


@dataclass(frozen=True, slots=True)
class Run:
    """One run of a task: from its submission, or a restart, to its end or the next restart. Times in milliseconds.

    Attributes:
        number: from 0.
        started: when the algorithm began; None before.
        ended: when it was cancelled, completed or failed; None before.
        state: the last state.
    """

    number: int
    started: int | None
    ended: int | None
    state: str


def runs(view: TaskView) -> Iterator[Run]:
    """The runs of a task so far, first to last."""
    number, started, ended, state = 0, None, None, view.task.plan.steps[0].state
    for step in view.task.plan.steps[1:]:
        if step.at > view.now:
            break
        if step.state == names.TASK_NOT_STARTED:
            yield Run(number, started, ended, state)
            number, started, ended = number + 1, None, None
        elif step.state == names.TASK_PROCESSING:
            started = step.at
        elif view.lifecycle.states[step.state].terminal:
            ended = step.at
        state = step.state
    yield Run(number, started, ended, state)


def last_run(view: TaskView) -> Run:
    """The present run of a task, or the one that ended it."""
    *_, last = runs(view)
    return last
