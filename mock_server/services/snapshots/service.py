"""Takes and restores snapshots of accounts."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection

from bodydouble.mock_server.clock import wall_ms
from bodydouble.mock_server.services.snapshots import taking
from bodydouble.mock_server.services.snapshots.document import Document, SnapshotTooLargeError, require_form
from bodydouble.mock_server.services.snapshots.restoring import Restoring
from bodydouble.mock_server.services.snapshots.rules import ControlRules
from bodydouble.mock_server.services.snapshots.validation import require_consistent
from bodydouble.mock_server.services.tasks import TaskService
from bodydouble.mock_server.settings import Settings
from bodydouble.mock_server.store import account_rows, accounts
from bodydouble.mock_server.store.accounts import Account
from bodydouble.mock_server.store.consistent_reads import consistent
from bodydouble.mock_server.store.database import Database
from bodydouble.mock_server.vendor_api.vendor import Vendor


class SnapshotService:
    """Takes and restores snapshots.

    Args:
        database: the state.
        vendors: by name.
        tasks: knows the lifecycles.
        settings: the limits of a snapshot and of uploads.
        secret_settings: names of settings of accounts that are secret.
        rules: of the control plane, for settings and scenarios.
    """

    def __init__(
        self,
        database: Database,
        vendors: Mapping[str, Vendor],
        tasks: TaskService,
        settings: Settings,
        secret_settings: frozenset[str],
        rules: ControlRules,
    ) -> None:
        self._database, self._vendors, self._tasks = database, vendors, tasks
        self._settings, self._secret_settings, self._rules = settings, secret_settings, rules
        self._row_attributes = {
            (name, kind): attribute
            for name, vendor in vendors.items()
            for kind, attribute in vendor.row_attributes.items()
        }

    def take(self, account_id: str, *, files: bool = False, secrets: bool = False) -> dict[str, Any] | None:
        """The snapshot of an account, as it is at one time; None if there is no such account.

        Args:
            files: with the bytes of uploads.
            secrets: with credentials, tokens and secret settings.

        Raises:
            SnapshotTooLargeError: it would be larger than the server takes back.
        """
        with consistent(self._database) as connection:
            wall = wall_ms()
            self._require_size(connection, account_id)
            rows = account_rows.read(connection, account_id)
            if rows is None:
                return None
            contents, hashes = self._contents(connection, account_id, files=files)
        hidden = frozenset[str]() if secrets else self._secret_settings
        document = taking.document_of(rows, wall, self._row_attributes, hashes, hidden)
        document["uploads"] = list(taking.with_contents(document["uploads"], contents))
        return {**document, "secrets": taking.secrets_of(rows)} if secrets else document

    def _contents(
        self, connection: Connection, account_id: str, *, files: bool
    ) -> tuple[dict[tuple[str, str], bytes], dict[tuple[str, str], str]]:
        contents: dict[tuple[str, str], bytes] = {}
        hashes: dict[tuple[str, str], str] = {}
        length = 0
        for key, content in account_rows.contents(connection, account_id):
            hashes[key] = taking.sha256(content)
            if files:
                length += len(content) * 4 // 3
                self._require_limit(length)
                contents[key] = content
        return contents, hashes

    def _require_size(self, connection: Connection, account_id: str) -> None:
        self._require_limit(account_rows.size(connection, account_id))

    def _require_limit(self, length: int) -> None:
        limit = self._settings.max_snapshot_bytes
        if length > limit:
            raise SnapshotTooLargeError(f"about {length} bytes, and a snapshot has at most {limit}")

    def require_usable(self, document: Document) -> None:
        """Require that a document is a snapshot that this server can restore.

        Raises:
            SnapshotError: the first field that is wrong. What of it belongs to other accounts is found out later.
        """
        require_form(document)
        require_consistent(document, self._vendors, self._settings.max_upload_bytes)
        self._rules.require(document)

    def restore(self, account_id: str, document: Document) -> Account | None:
        """Put a snapshot, which is usable, in the place of all that an account has, in one transaction.

        Returns:
            The account as it is then; None if there is no such account.

        Raises:
            SnapshotError: something of it belongs to another account of this server. Nothing has changed.
        """
        with self._database.write() as connection:
            account = accounts.get(connection, account_id)
            if account is None:
                return None
            return self.restore_within(connection, account, document)

    def restore_within(self, connection: Connection, account: Account, document: Document) -> Account:
        """The same within a transaction.

        Raises:
            SnapshotError: as of `restore`.
        """
        wall = wall_ms()
        return Restoring(connection, account, document, self._vendors, self._tasks, self._row_attributes, wall).run()
