"""The toolbox of a request's handler: the services, narrowed to one account at one vendor."""

from collections.abc import Mapping

from sqlalchemy import Connection

from bodydouble.mock_server.services.effects import Effects
from bodydouble.mock_server.services.repositories import Quotas, Tasks
from bodydouble.mock_server.services.resource_repositories import Resources, Uploads
from bodydouble.mock_server.services.task_context import TaskContext
from bodydouble.mock_server.services.tasks import TaskService, new_delivery
from bodydouble.mock_server.store import accounts, deliveries, tokens
from bodydouble.mock_server.store.accounts import Account
from bodydouble.mock_server.store.task_runtime import CallbackTarget
from bodydouble.mock_server.vendor_api.request import AuthenticatedRequest
from bodydouble.mock_server.vendor_api.settings import Objection
from bodydouble.mock_server.vendor_api.toolbox import Toolbox


class Toolboxes:
    """Opens toolboxes.

    Args:
        service: creates and changes tasks.
        objection_to: why a URL may not be called.
    """

    def __init__(self, service: TaskService, objection_to: Objection) -> None:
        self.service, self.objection_to = service, objection_to

    def for_request(self, request: AuthenticatedRequest, connection: Connection, effects: Effects) -> Toolbox:
        """The toolbox of a request's handler; on a public operation, it can do little before `sign_in`."""
        if request.sender is None:
            return PublicToolbox(self, connection, request, effects)
        return AccountToolbox(self, _context(request, request.sender, request.now, connection), effects)

    def for_account(self, connection: Connection, account: Account, vendor: str, now: int) -> Toolbox:
        """The toolbox of an account without a request of the vendor."""
        return AccountToolbox(self, TaskContext(connection, account, vendor, "", now, ""), Effects())


class AccountToolbox:
    """What a handler may use (see vendor_api.toolbox.Toolbox).

    Args:
        context: for whom, and within which transaction.
        effects: what is done, for the journal.
    """

    __slots__ = ("_context", "_effects", "_toolboxes")

    def __init__(self, toolboxes: Toolboxes, context: TaskContext, effects: Effects) -> None:
        self._toolboxes, self._context, self._effects = toolboxes, context, effects

    @property
    def account(self) -> Account:
        """The account."""
        return self._context.account

    @property
    def now(self) -> int:
        """Epoch milliseconds on the account's clock."""
        return self._context.now

    @property
    def tasks(self) -> Tasks:
        """The account's tasks."""
        return Tasks(self._context, self._toolboxes.service, self._effects)

    @property
    def quotas(self) -> Quotas:
        """The account's quotas."""
        return Quotas(self._context)

    @property
    def resources(self) -> Resources:
        """The account's resources."""
        return Resources(self._context)

    @property
    def uploads(self) -> Uploads:
        """The account's uploads."""
        return Uploads(self._context)

    def next_number(self) -> int:
        """A number that the account has not had yet."""
        return accounts.next_number(self._context.connection, self._context.account.id)

    def lock_account(self) -> None:
        """Keep other writers of the account waiting."""
        accounts.lock(self._context.connection, self._context.account.id)

    def account_by_key(self, key: str) -> tuple[Account, Mapping[str, str]] | None:
        """The account that a key of the vendor stands for."""
        return accounts.by_key(self._context.connection, self._context.vendor, key)

    def sign_in(self, account: Account) -> Toolbox:
        """The toolbox of an account: this one, which is known already."""
        return self

    def issue_token(self, token: str, life: int, purpose: str = tokens.ACCESS) -> None:
        """Record an issued token."""
        context = self._context
        tokens.add(context.connection, context.account.id, context.vendor, token, context.now + life * 1000, purpose)

    def notify(self, callback: str, url: str, *parts: str | int) -> None:
        """Send a callback that belongs to no task, now."""
        context = self._context
        event_id = context.account.own_identifiers.uuid(*parts, self.next_number())
        delivery = new_delivery(context, event_id, callback, CallbackTarget(url), context.now)
        deliveries.add(context.connection, delivery, context.now)

    def objection_to(self, url: str) -> str | None:
        """Why nothing may be sent to a URL."""
        return self._toolboxes.objection_to(url)


class PublicToolbox(AccountToolbox):
    """The toolbox of a public operation, which finds the account of the request by a key.

    Args:
        request: whose sender is not known.
    """

    __slots__ = ("_connection", "_request")

    def __init__(
        self, toolboxes: Toolboxes, connection: Connection, request: AuthenticatedRequest, effects: Effects
    ) -> None:
        self._toolboxes, self._connection, self._request, self._effects = toolboxes, connection, request, effects

    @property
    def account(self) -> Account:
        """Nobody's."""
        raise RuntimeError(f"{self._request.operation.id} is public: no account is known")

    def account_by_key(self, key: str) -> tuple[Account, Mapping[str, str]] | None:
        """The account that a key of the vendor stands for."""
        return accounts.by_key(self._connection, self._request.contract.vendor, key)

    def sign_in(self, account: Account) -> Toolbox:
        """The toolbox of an account that the operation has found out about."""
        # In a transaction, the account is read again under its lock.
        account = accounts.get(self._connection, account.id) or account
        self._effects.account = account
        now = account.clock.now(self._request.wall_ms)
        context = _context(self._request, account, now, self._connection)
        return AccountToolbox(self._toolboxes, context, self._effects)


def _context(request: AuthenticatedRequest, account: Account, now: int, connection: Connection) -> TaskContext:
    return TaskContext(connection, account, request.contract.vendor, request.operation.id, now, request.base_url)
