"""What a vendor package provides, and what it is given: the seam between the shared server and the vendors."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection

from bodydouble.contracts.core.wire import WireRequest
from bodydouble.contracts.model.contract import Callback, Contract, ErrorCase, Operation
from bodydouble.contracts.model.violation import Violation
from bodydouble.mock_server.store.accounts import Account
from bodydouble.mock_server.store.tasks import Task

if TYPE_CHECKING:
    from bodydouble.mock_server.composition import Services

Json = Any


class ApiError(Exception):
    """A request is answered with an error case.

    Args:
        case: the error case of the vendor's contract, or its name.
        detail: what exactly is wrong: names the field and the rule.
        violations: what the request broke of the contract.
        extra: what this vendor's envelope shows besides (a string to sign, a retry time).
    """

    def __init__(
        self,
        case: ErrorCase | str,
        detail: str = "",
        violations: tuple[Violation, ...] = (),
        **extra: Any,
    ) -> None:
        super().__init__(f"{case if isinstance(case, str) else case.name}: {detail}")
        self.case, self.detail, self.violations, self.extra = case, detail, violations, extra

    def explain(self, message: str) -> str:
        """A message of the vendor's, and after it what exactly is wrong."""
        return f"{message}: {self.detail}" if self.detail else message


class SettingRefused(ValueError):
    """A setting of an account cannot be worked with; the message is its JSON pointer and why."""


def check_callback_url(services: "Services", settings: Mapping[str, Any], name: str) -> None:
    """Refuse a setting that names a URL to which nothing may be sent; an empty one is none.

    Raises:
        SettingRefused: saying why.
    """
    url = settings.get(name)
    objection = services.guard.objection(url) if url else None
    if objection is not None:
        raise SettingRefused(f"/{name}: {objection}")


class TaskRefused(ValueError):
    """A task cannot be made as the control plane is asked to; the message names the field and the rule."""


@dataclass(frozen=True, slots=True)
class Response:
    """What goes back: a JSON body (None for an empty one), or bytes of a media type of their own."""

    status: int
    body: Json
    headers: Mapping[str, str] = field(default_factory=dict)
    raw: bytes | None = None
    content_type: str = "application/json"


@dataclass(slots=True)
class OperationRequest:
    """One request on its way through the stages; handlers read it.

    Attributes:
        vendor: the vendor's name.
        base_url: scheme, host and port under which the client reached this server.
        now: epoch milliseconds on the account's clock (on the real one before an account is known).
        path, query, headers, body: the parsed values, once validated.
        connection: for reading; inside a writing handler, the transaction.
        cause: row of the task that the request made or changed, for the journal.
    """

    vendor: str
    operation: Operation
    wire: WireRequest
    base_url: str
    services: "Services"
    connection: Connection
    real: int
    now: int
    _account: Account | None = None
    path: Mapping[str, Any] = field(default_factory=dict)
    query: Mapping[str, Any] = field(default_factory=dict)
    headers: Mapping[str, Any] = field(default_factory=dict)
    body: Any = None
    cause: int | None = None

    @property
    def account(self) -> Account:
        """The account that the request was authenticated as."""
        if self._account is None:
            raise RuntimeError(f"{self.operation.id} is public: no account is known")
        return self._account

    @property
    def known_account(self) -> Account | None:
        """The account, or None before authentication and on public operations."""
        return self._account

    def enter(self, account: Account) -> None:
        """Go on as an account, on its clock."""
        self._account, self.now = account, account.clock.now(self.real)


@dataclass(frozen=True, slots=True)
class Handler:
    """What an operation does.

    Attributes:
        act: from the request to the data of a success; raises ApiError.
        writes: whether it needs a transaction.
    """

    act: Callable[[OperationRequest], Json]
    writes: bool


class Handlers(dict[str, Handler]):
    """The handlers of a vendor, by operationId."""

    def reads(
        self, operation: str
    ) -> Callable[[Callable[[OperationRequest], Json]], Callable[[OperationRequest], Json]]:
        """Register a function for an operation that only reads."""
        return self._register(operation, writes=False)

    def writes(
        self, operation: str
    ) -> Callable[[Callable[[OperationRequest], Json]], Callable[[OperationRequest], Json]]:
        """Register a function for an operation that changes something; it runs in a transaction."""
        return self._register(operation, writes=True)

    def _register(
        self, operation: str, *, writes: bool
    ) -> Callable[[Callable[[OperationRequest], Json]], Callable[[OperationRequest], Json]]:
        def register(act: Callable[[OperationRequest], Json]) -> Callable[[OperationRequest], Json]:
            if operation in self:
                raise ValueError(f"operation {operation!r} has two handlers")
            self[operation] = Handler(act, writes)
            return act

        return register


@dataclass(frozen=True, slots=True)
class Credentials:
    """One vendor's credentials of an account.

    Attributes:
        key: the part that a request names; unique among all accounts.
        content: all of them, under the names that the control plane shows.
    """

    key: str
    content: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class CallbackEvent:
    """A callback that is about to be built or signed.

    Attributes:
        task: the task whose transition caused it; None for an event without one.
        task_state: the state whose entering it announces.
        at: when the task entered it, epoch milliseconds on the account's clock.
        event_id: stable across attempts.
        context: what was put into the delivery besides the task.
    """

    callback: Callback
    account: Account
    task: Task | None
    task_state: str | None
    at: int
    event_id: str
    context: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class NewTask:
    """A task that the control plane is asked to make.

    Attributes:
        kind: name of its lifecycle.
        name: what scenarios match and lists search.
        outcome: one of the lifecycle's outcomes.
        reason: of a failure.
        fields: the vendor's own.
    """

    kind: str
    name: str
    outcome: str
    reason: str | None
    fields: Mapping[str, Any]


@dataclass(frozen=True)
class Vendor:
    """One vendor's behaviour.

    Attributes:
        contract: what it keeps to.
        handlers: for every operation of the contract.
        authenticate: who sends the request (None where there are no accounts); raises ApiError. Not called for public
            operations.
        success: wraps the data of a success.
        failure: wraps an error case: case, detail and extra of the refusal, and the request's operation if known.
        new_credentials: credentials of a new account, from its id and seed.
        quotas: totals of a new account.
        settings: what a person would set in the console, for a new account.
        populate: puts the resources into a new account with which the vendor's accounts start.
        callback_body: the payload of a callback.
        signing_parts: the values that the signature of a callback is made from; None to leave it unsigned.
        routing: what tells a request from the others of its path; None where method and path are enough.
        normalise: brings a request into the form that the contract describes, after its signature was checked; None
            where it always comes in that form.
        settings_changed: what a change of an account's settings brings about: services, transaction, the account with
            its new settings, the settings before, and the time.
        check_settings: refuses settings that cannot be worked with: those that are to be set, by name; raises
            SettingRefused.
        signature: the `x-signature` of a callback, where an account may have one of its own.
        add_task: makes a task that no operation of the contract makes, for the control plane; raises TaskRefused. None
            where the operations make every kind.
        catalogue_file: what a file of the catalogue is like (see files.make_file), by its key and name; None if there
            is no such file.
    """

    contract: Contract
    handlers: Mapping[str, Handler]
    authenticate: Callable[[OperationRequest], Account | None]
    success: Callable[[OperationRequest, Json], Response]
    failure: Callable[[ErrorCase, ApiError, "WireRequest"], Response]
    new_credentials: Callable[[str, int], Credentials]
    callback_body: Callable[[CallbackEvent], Json]
    quotas: Mapping[str, int] = field(default_factory=dict)
    settings: Mapping[str, Any] = field(default_factory=dict)
    populate: Callable[["Services", Connection, Account, int], None] | None = None
    signing_parts: Callable[[CallbackEvent], Mapping[str, str] | None] = lambda event: None
    routing: Callable[[WireRequest], str] | None = None
    normalise: Callable[[WireRequest], WireRequest] | None = None
    settings_changed: Callable[["Services", Connection, Account, Mapping[str, Any], int], None] | None = None
    check_settings: Callable[["Services", Mapping[str, Any]], None] = lambda services, settings: None
    signature: Callable[[CallbackEvent], Mapping[str, Any] | None] = lambda event: event.callback.delivery.signature
    add_task: Callable[["Services", Connection, Account, int, NewTask], Task] | None = None
    catalogue_file: Callable[[str, str], Mapping[str, Any] | None] = lambda key, name: {}

    @property
    def name(self) -> str:
        """The vendor's name, as of its folder under specs/."""
        return self.contract.vendor

    def check(self) -> None:
        """Hold the handlers to the contract.

        Raises:
            ValueError: an operation has no handler, or a handler no operation.
        """
        missing = self.contract.operations.keys() - self.handlers.keys()
        surplus = self.handlers.keys() - self.contract.operations.keys()
        if missing or surplus:
            raise ValueError(f"{self.name}: operations without handler {missing}, handlers without operation {surplus}")
