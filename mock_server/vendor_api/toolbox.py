"""The toolbox of a handler: its sender's tasks, resources, quotas and so on, and nothing of another account.

The server's implementation is services.toolbox; a test may pass its own implementation.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from enum import Enum
from typing import Any, Protocol

from bodydouble.contracts.core.late_dataclass import dataclass
from bodydouble.contracts.model.lifecycle import DEFAULT_OUTCOME, Lifecycle
from bodydouble.contracts.model.paging import RequestedPage
from bodydouble.mock_server.engine.plans import Plan, Tempo
from bodydouble.mock_server.store.accounts import Account
from bodydouble.mock_server.store.resources import Resource
from bodydouble.mock_server.store.search import SearchText
from bodydouble.mock_server.store.task_lists import Entry
from bodydouble.mock_server.store.task_runtime import CallbackTarget, Files
from bodydouble.mock_server.store.tasks import Task
from bodydouble.mock_server.store.tokens import ACCESS
from bodydouble.mock_server.store.uploads import Upload
from bodydouble.mock_server.vendor_api.task_view import TaskView

Key = Callable[[int], str | int]


@dataclass(frozen=True, slots=True)
class Choice:
    """The outcome of a task that is about to be planned.

    Attributes:
        outcome: one of its lifecycle's outcomes.
        reason: of a failure.
        stuck: whether it never leaves its last working state.
    """

    outcome: str
    reason: str | None
    tempo: Tempo
    stuck: bool = False


@dataclass(frozen=True, slots=True)
class Cost:
    """The cost of a task's success, reserved when the task is created.

    Attributes:
        amounts: by quota.
        error: the error case when the quota is too small.
    """

    amounts: Mapping[str, int]
    error: Enum


class TaskRepository(Protocol):
    """The account's tasks at one vendor."""

    def lifecycle(self, kind: str) -> Lifecycle:
        """The lifecycle of a kind of task."""

    def view(self, task: Task) -> TaskView:
        """A task as the sender of the request sees it now."""

    def get(self, kind: str, key: str | int) -> Task | None:
        """The task of an identifier on the wire, unless it was deleted."""

    def find(self, kind: str, key: str | int, error: Enum, field: str) -> TaskView:
        """The task of an identifier on the wire, as the sender of the request sees it now.

        Args:
            field: where the identifier came from.

        Raises:
            ApiError: of the case `error`, if there is none.
        """

    def by_row(self, task_id: int) -> Task | None:
        """The account's task of a row, deleted or not."""

    def page(
        self,
        kind: str,
        page: RequestedPage,
        category: str | None = None,
        *,
        states: Collection[str] | None = None,
        created_from: int | None = None,
        created_until: int | None = None,
        without: Collection[int] = (),
        newest_first: bool = True,
        entry: Entry | None = None,
        by_entry: bool = False,
    ) -> tuple[int, list[Task]]:
        """How many tasks there are, and those of a page, by the order of their creation, or of their entry.

        However many tasks there are, few of them are read.

        Args:
            states: only tasks in these, if their kind has a list that filters by state.
            created_from, created_until: only tasks that were created in this time, both ends included.
            without: the numbers of few tasks that are not meant.
            entry: only tasks that enter a state in a time, and are in it or in one of the states before it.
            by_entry: in the order of the seconds in which they entered their states, and of their creation within one;
                their kind has a list that filters by state.
        """

    def count(self, kind: str, category: str | None = None, *, states: Collection[str] | None = None) -> int:
        """How many tasks there are; arguments as of `page`."""

    def place(self, view: TaskView) -> int:
        """How many tasks of its kind entered the state of a task before it, and still are in it."""

    def all(
        self, kind: str, category: str | None = None, *, with_deleted: bool = False, newest_first: bool = True
    ) -> Iterator[Task]:
        """All tasks of a kind (and category), by the order of their creation; few of them are in memory at a time."""

    def entries(
        self, kind: str, category: str, states: Collection[str], *, since: int, until: int, at_most: int
    ) -> tuple[int, Iterator[Task]]:
        """Tasks that have entered states in a time, deleted ones too, by the time at most now.

        Args:
            states: which only an operation leaves, for the initial state.
            since, until: of the time, both ends included.
            at_most: with more entries than these, those that are certain without a look are only counted.

        Returns:
            how many entries were only counted, and the tasks that may have others, in no order: compare them.
        """

    def search(
        self, kind: str, field: str, text: str, *, by_part: bool = False, with_deleted: bool = False, having: str = ""
    ) -> Iterator[Task]:
        """The tasks of a kind that have a text, newest first, and a few others: compare them.

        However many tasks there are, few are read but those that have it.

        Args:
            field, text: of a SearchText with which the task was created; `NAME` must be the task's name.
            by_part: whether the text, which is not empty then, is a part of that.
            having: an attribute that all of them have; empty for none.
        """

    def search_keys(self, kind: str, part: str) -> list[Task]:
        """The tasks of a kind whose identifiers have a part, newest first, and a few others; looks at each of them."""

    def count_at_work(self, kind: str) -> int:
        """How many tasks of a kind that cost something have not ended their work."""

    def choose(self, name: str, outcome: str = DEFAULT_OUTCOME, reason: str | None = None) -> Choice:
        """The outcome of a task with a name; consumes a matching scenario. Other arguments as of `create`."""

    def create(
        self,
        kind: str,
        *,
        key: Key,
        name: str = "",
        attributes: Mapping[str, Any],
        files: Files | None = None,
        files_valid: int | None = None,
        callback: CallbackTarget | None = None,
        cost: Cost | None = None,
        outcome: str = DEFAULT_OUTCOME,
        choice: Choice | None = None,
        category: str | None = None,
        texts: Sequence[SearchText] = (),
    ) -> Task:
        """Create a task.

        Args:
            kind: name of its lifecycle.
            key: from the account's next number to the identifier on the wire.
            name: what scenarios match and lists search.
            files: the files that it creates; with `file_urls.AT_ONCE` they can be downloaded before its success, too.
            files_valid: for how many milliseconds after its success they can be downloaded; None for always.
            callback: where its callbacks go; None for nowhere.
            outcome: unless a scenario chooses another.
            choice: the result of `choose` for this task, if it was called before.
            category: distinguishes tasks of the kind in lists.
            texts: by which lists search for it.

        Raises:
            ApiError: of the cost's case, if not enough is left.
        """

    def record(
        self,
        kind: str,
        *,
        key: Key,
        name: str,
        created_at: int,
        plan: Plan,
        attributes: Mapping[str, Any],
        files: Files | None = None,
        files_valid: int | None = None,
        callback: CallbackTarget | None = None,
        category: str | None = None,
        texts: Sequence[SearchText] = (),
    ) -> Task:
        """Record a task whose plan is known; its past steps send no callbacks."""

    def follow(
        self,
        leader: Task,
        kind: str,
        *,
        states: Mapping[str, str],
        key: Key,
        name: str,
        attributes: Mapping[str, Any],
        texts: Sequence[SearchText] = (),
    ) -> Task:
        """Create a task that follows another task until it is changed itself.

        Args:
            states: its state for each of the leader's.
        """

    def operate(self, task: Task, *, error: Enum, outcome: str = DEFAULT_OUTCOME, target: str | None = None) -> Task:
        """Let the request's operation (cancel, restart, ...) take its edge in a task's lifecycle.

        Args:
            outcome: of what follows, unless a scenario chooses another.
            target: the state to enter, for an operation with several edges from there.

        Raises:
            ApiError: of the case `error`, if the task's state has no such edge.
        """

    def resubmit(
        self,
        task: Task,
        *,
        error: Enum,
        name: str,
        attributes: Mapping[str, Any],
        callback: CallbackTarget | None = None,
        outcome: str = DEFAULT_OUTCOME,
    ) -> Task:
        """Restart a task by the request's operation, with other attributes; raises as `operate`."""

    def change(self, task: Task, plan: Plan) -> Task:
        """Replace a task's plan, with all that follows from it."""

    def update(
        self, task: Task, attributes: Mapping[str, Any], name: str | None = None, texts: Sequence[SearchText] = ()
    ) -> Task:
        """Replace a task's attributes, and its name if the argument is not None; `texts` are those that are new."""

    def remove_files(self, task: Task) -> Task:
        """Remove the files that a task has created, or will create."""

    def delete(self, task: Task) -> None:
        """Remove a task from every list, and its callbacks from the outbox."""

    def redirect(self, kind: str, callback: CallbackTarget | None) -> None:
        """Redirect the callbacks that are still to come of all tasks of a kind; None for nowhere."""


class QuotaRepository(Protocol):
    """What the account may still use of the vendor."""

    def consume(self, quota: str, amount: int, error: Enum) -> None:
        """Use some of a quota.

        Raises:
            ApiError: of the case `error`, if not enough is left.
            LookupError: the vendor has no such quota.
        """

    def remaining(self) -> Mapping[str, tuple[int, int]]:
        """What is left, and the total, of every quota. Reservations are not deducted."""


class ResourceRepository(Protocol):
    """The account's resources without a lifecycle at one vendor."""

    def get(self, kind: str, key: str) -> Resource | None:
        """The resource of an identifier on the wire."""

    def all(self, kind: str, category: str = "") -> list[Resource]:
        """All resources of a kind and category, newest first."""

    def page(self, kind: str, page: RequestedPage, category: str = "") -> tuple[int, list[Resource]]:
        """How many resources of a kind and category there are, and those of a page, newest first.

        It costs the same however many there are.
        """

    def search(self, kind: str, field: str, part: str, category: str = "") -> list[Resource]:
        """The resources of a kind and category of which a text has a part, newest first, and a few others."""

    def add(
        self,
        kind: str,
        key: str,
        content: Mapping[str, Any],
        category: str = "",
        texts: Sequence[SearchText] = (),
    ) -> Resource:
        """Record a new resource; lists search for it by its texts."""

    def update(
        self,
        kind: str,
        resource: Resource,
        content: Mapping[str, Any],
        category: str = "",
        texts: Sequence[SearchText] = (),
    ) -> Resource:
        """Replace a resource's content, and its category; `texts` are those that are new."""

    def remove(self, resource: Resource) -> None:
        """Forget a resource."""


class UploadRepository(Protocol):
    """The account's uploads at one vendor."""

    def get(self, key: str) -> Upload | None:
        """The upload of a key."""

    def declare(
        self,
        key: str,
        *,
        expires_at: int,
        md5: str | None = None,
        size: int | None = None,
        content_type: str | None = None,
    ) -> Upload:
        """Record a file that is going to be uploaded; the arguments are the attributes of Upload."""

    def store(self, upload: Upload, content: bytes) -> None:
        """Store the bytes."""

    def remove(self, key: str) -> None:
        """Forget the upload of a key, if there is one."""


class Toolbox(Protocol):
    """The toolbox of a handler, for one account at one vendor, within one request."""

    @property
    def account(self) -> Account:
        """The account; raises RuntimeError on a public operation before `sign_in`."""

    @property
    def now(self) -> int:
        """Epoch milliseconds on the account's clock."""

    @property
    def tasks(self) -> TaskRepository:
        """The account's tasks."""

    @property
    def quotas(self) -> QuotaRepository:
        """The account's quotas."""

    @property
    def resources(self) -> ResourceRepository:
        """The account's resources."""

    @property
    def uploads(self) -> UploadRepository:
        """The account's uploads."""

    def next_number(self) -> int:
        """A number that the account has not had yet, from which identifiers are made."""

    def lock_account(self) -> None:
        """Keep other writers of the account waiting: what is counted now stays true until the transaction ends."""

    def account_by_key(self, key: str) -> tuple[Account, Mapping[str, str]] | None:
        """The account, and its credentials, that a key of the vendor stands for."""

    def sign_in(self, account: Account) -> "Toolbox":
        """The toolbox of an account that a public operation has found out about."""

    def issue_token(self, token: str, life: int, purpose: str = ACCESS) -> None:
        """Record an issued token.

        Args:
            life: seconds on the account's clock.
        """

    def notify(self, callback: str, url: str, *parts: str | int) -> None:
        """Send a callback that belongs to no task, now.

        Args:
            callback: its operationId.
            parts: what its event id is made from, in addition to the account's next number.
        """

    def objection_to(self, url: str) -> str | None:
        """Why nothing may be sent to a URL, as far as that can be told without a look-up; None if it may."""
