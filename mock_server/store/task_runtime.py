"""The server's own data of a task: where its callbacks go, what it costs, which files it creates."""

from collections.abc import Mapping
from dataclasses import field
from typing import Any

from bodydouble.contracts.core.late_dataclass import dataclass

Files = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class CallbackTarget:
    """Where the callbacks of a task go.

    Attributes:
        context: what building and signing them needs in addition to the task.
    """

    url: str
    context: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Follower:
    """Another task that follows this task.

    Attributes:
        task_id: its row.
        states: its state for each of this task's.
    """

    task_id: int
    states: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class TaskRuntime:
    """The server's own data of a task; the vendor's data are the task's attributes.

    Attributes:
        base_url: under which the request that created it reached the server; empty for tasks without a request.
        callback: where its callbacks go; None for nowhere.
        reserved: the amounts of quotas that its success costs.
        followers: the tasks that follow it.
        files: the description of each file that it creates (see media.render), by name.
        files_valid: for how many milliseconds after its success the files can be downloaded; None for always.
    """

    base_url: str = ""
    callback: CallbackTarget | None = None
    reserved: Mapping[str, int] = field(default_factory=dict)
    followers: tuple[Follower, ...] = ()
    files: Files = field(default_factory=dict)
    files_valid: int | None = None

    def to_json(self) -> dict[str, Any]:
        """The stored form, without what is empty."""
        content: dict[str, Any] = {}
        if self.base_url:
            content["base_url"] = self.base_url
        if self.callback is not None:
            content["callback"] = [self.callback.url, self.callback.context]
        if self.reserved:
            content["reserved"] = self.reserved
        if self.followers:
            content["followers"] = [[follower.task_id, follower.states] for follower in self.followers]
        if self.files:
            content["files"] = self.files
        if self.files_valid is not None:
            content["files_valid"] = self.files_valid
        return content

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> "TaskRuntime":
        """Read the stored form."""
        callback = content.get("callback")
        return cls(
            content.get("base_url", ""),
            None if callback is None else CallbackTarget(*callback),
            content.get("reserved", {}),
            tuple(Follower(*entry) for entry in content["followers"]) if "followers" in content else (),
            content.get("files", {}),
            content.get("files_valid"),
        )
