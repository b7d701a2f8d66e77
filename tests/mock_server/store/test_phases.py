"""The phases of a task's plan that are recorded."""

from bodydouble.mock_server.store.phases import ALWAYS, NEVER, TaskPhases

STEPS = [(10, "waiting"), (20, "working"), (30, "done")]


def spans(since: int, *further: tuple[int, str]) -> list[tuple[str, int, int]]:
    task = TaskPhases("a", "guiji", "video", 1, None, [*STEPS, *further], since)
    return [(row["state"], row["from_at"], row["until_at"]) for row in task.rows()]


def test_phases_are_recorded_unless_they_ended_before_the_account_began() -> None:
    assert spans(ALWAYS) == [("waiting", ALWAYS, 20), ("working", 20, 30), ("done", 30, NEVER)]
    assert spans(19) == spans(ALWAYS)
    assert spans(20) == [("working", 20, 30), ("done", 30, NEVER)]
    assert spans(100) == [("done", 30, NEVER)]


def test_all_phases_of_a_task_that_ran_again_are_recorded() -> None:
    assert spans(100, (40, "waiting")) == spans(ALWAYS, (40, "waiting"))
