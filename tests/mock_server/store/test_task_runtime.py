"""The server's own data of a task, in their stored form."""

import orjson
import pytest

from bodydouble.mock_server.store.task_runtime import CallbackTarget, Follower, TaskRuntime

FULL = TaskRuntime(
    base_url="http://127.0.0.1:8080",
    callback=CallbackTarget("http://127.0.0.1:9000/c?a=1", {"callback_params": {"n": 1}}),
    reserved={"video": 3},
    followers=(Follower(7, {"working": "pending", "success": "ready"}), Follower(8, {})),
    files={"video.mp4": {"kind": "video", "width": 720}},
    files_valid=86_400_000,
)


def stored(runtime: TaskRuntime) -> TaskRuntime:
    """What comes back from the database, where the form is a text."""
    return TaskRuntime.from_json(orjson.loads(orjson.dumps(runtime.to_json())))


@pytest.mark.parametrize(
    "runtime",
    [
        FULL,
        TaskRuntime(),
        TaskRuntime(callback=CallbackTarget("http://127.0.0.1/")),
        TaskRuntime(files_valid=1),
    ],
)
def test_what_is_stored_comes_back(runtime: TaskRuntime) -> None:
    assert stored(runtime) == runtime


def test_what_is_empty_takes_no_space() -> None:
    assert TaskRuntime().to_json() == {}
    assert set(FULL.to_json()) == {"base_url", "callback", "reserved", "followers", "files", "files_valid"}
