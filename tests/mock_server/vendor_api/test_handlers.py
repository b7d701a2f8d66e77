"""A handler can be called with a request and a toolbox of the test, without a server or a database."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, cast

import pytest

from bodydouble.contracts.core.wire import WireRequest
from bodydouble.contracts.model.loader import load_contract
from bodydouble.mock_server.clock import Clock
from bodydouble.mock_server.engine import plans
from bodydouble.mock_server.store.accounts import Account
from bodydouble.mock_server.store.task_runtime import TaskRuntime
from bodydouble.mock_server.store.tasks import Task
from bodydouble.mock_server.vendor_api.handlers import Handlers
from bodydouble.mock_server.vendor_api.request import OperationRequest
from bodydouble.mock_server.vendor_api.response import ApiError
from bodydouble.mock_server.vendor_api.task_view import TaskView
from bodydouble.mock_server.vendor_api.toolbox import Toolbox
from bodydouble.mock_server.vendors.guiji.operations import videos

NOW = 1_800_000_000_000
GUIJI = load_contract("guiji")
ACCOUNT = Account("a", 1, Clock(frozen_at=NOW), 60.0, {}, 0, NOW)


@dataclass
class FakeTasks:
    """Remembers what was created."""

    created: list[Mapping[str, Any]] = field(default_factory=list)

    def create(self, kind: str, **new: Any) -> Task:
        self.created.append({"kind": kind, **new})
        plan = plans.make(GUIJI.lifecycles[kind], NOW, ACCOUNT.tempo)
        return Task(1, "a", "guiji", kind, 7, "7", new["name"], NOW, None, 0, plan, TaskRuntime(), new["attributes"])

    def get(self, kind: str, key: str | int) -> None:
        return None

    def view(self, task: Task) -> TaskView:
        return TaskView(ACCOUNT, task, GUIJI.lifecycles, NOW, "http://mock")


@dataclass
class FakeToolbox:
    """Only the methods that the handler under test uses."""

    tasks: FakeTasks = field(default_factory=FakeTasks)
    objections: Mapping[str, str] = field(default_factory=dict)
    account: Account = ACCOUNT
    now: int = NOW

    def objection_to(self, url: str) -> str | None:
        return self.objections.get(url)


def create_video(tools: FakeToolbox, **body: Any) -> Any:
    request = OperationRequest(
        contract=GUIJI,
        operation=GUIJI.operations["createVideo"],
        wire=WireRequest("POST", "/", "", {}, b""),
        base_url="http://mock",
        wall_ms=NOW,
        sender=ACCOUNT,
        now=NOW,
        path={},
        query={},
        headers={},
        body={"sceneId": "-101", "text": "Hello.", "speakerId": "C_101", **body},
    )
    return videos.handlers["createVideo"].act(request, cast("Toolbox", tools))


def test_a_handler_runs_with_a_toolbox_of_the_tests() -> None:
    tools = FakeToolbox()
    assert create_video(tools, videoName="first", callbackUrl="http://127.0.0.1/") == {"videoId": 7}
    (created,) = tools.tasks.created
    assert (created["kind"], created["name"], created["callback"].url) == ("video", "first", "http://127.0.0.1/")
    assert set(created["files"]) == {"video.mp4", "cover.png", "subtitles.srt"}


def test_a_handler_raises_the_error_case_of_its_contract() -> None:
    tools = FakeToolbox(objections={"http://far.example/": "callbacks go to loopback only"})
    with pytest.raises(ApiError) as error:
        create_video(tools, callbackUrl="http://far.example/")
    assert error.value.case.name == "callbackUrlRefused"
    assert error.value.detail == "/callbackUrl: callbacks go to loopback only"
    assert tools.tasks.created == []


def test_an_operation_has_one_handler() -> None:
    handlers: Handlers[Any] = Handlers()
    handlers.operation("getVideo")(lambda request, tools: None)
    with pytest.raises(ValueError, match="'getVideo' has two handlers"):
        handlers.operation("getVideo", transaction=True)(lambda request, tools: None)
