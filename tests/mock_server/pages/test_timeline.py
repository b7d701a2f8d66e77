"""A task as a drawing: what stands where."""

from typing import Any

from bodydouble.mock_server.pages.drawing.timeline import WIDTH, timeline

STEPS = [{"at": 0, "state": "waiting"}, {"at": 1, "state": "running"}, {"at": 10_001, "state": "done"}]
ATTEMPT = {"at": 10_500, "number": 1, "outcome": "delivered"}


def tone(state: str) -> str:
    return {"done": "good"}.get(state, "busy")


def delivery(state: str, *attempts: dict[str, Any], due_at: int = 20_000) -> dict[str, Any]:
    return {"id": "d", "callback": "onDone", "state": state, "due_at": due_at, "attempts": attempts}


def test_states_follow_each_other_and_the_shortest_has_room_for_its_name() -> None:
    drawing = timeline(STEPS, [], 5_000, tone)
    widths = [segment.width for segment in drawing.segments]
    assert min(widths) >= 96
    for left, right in zip(drawing.segments, drawing.segments[1:], strict=False):
        assert round(left.x + left.width, 1) == right.x
    assert drawing.segments[-1].x + widths[-1] <= WIDTH


def test_states_are_past_current_or_to_come() -> None:
    def parts(now: int) -> list[str]:
        return [segment.part for segment in timeline(STEPS, [], now, tone).segments]

    assert parts(0) == ["current", "future", "future"]
    assert parts(1) == ["past", "current", "future"]
    assert parts(10_001) == ["past", "past", "current"]


def test_now_stands_within_the_current_state() -> None:
    drawing = timeline(STEPS, [], 5_001, tone)
    current = drawing.segments[1]
    assert current.x < drawing.now_x < current.x + current.width


def test_attempts_stand_at_their_times_and_what_is_due_ahead() -> None:
    drawing = timeline(STEPS, [delivery("pending", ATTEMPT)], 12_000, tone)
    attempt, due = drawing.marks
    assert (attempt.tone, due.tone) == ("good", "quiet")
    assert drawing.segments[2].x < attempt.x < drawing.now_x < due.x <= WIDTH


def test_a_task_of_one_state_is_drawn() -> None:
    drawing = timeline([{"at": 7, "state": "bound"}], [], 7, tone)
    assert len(drawing.segments) == 1
    assert drawing.segments[0].width > 0


def test_many_states_share_the_width() -> None:
    steps = [{"at": number, "state": "waiting"} for number in range(40)]
    drawing = timeline(steps, [], 40, tone)
    assert drawing.segments[-1].x + drawing.segments[-1].width <= WIDTH
