"""What an account object does with snapshots."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

Json = dict[str, Any]


class SnapshotMethods:
    """Takes and restores snapshots, through the control plane of an account."""

    _returned: set[str]

    def _control_json(self, method: str, path: str, json_body: Any = ..., **arguments: Any) -> Any:
        raise NotImplementedError

    def snapshot(self, *, files: bool = False, secrets: bool = False) -> Json:
        """All that the account has, as it is now: a JSON document for `restore`, here or elsewhere.

        Args:
            files: with the bytes of uploads.
            secrets: with credentials, tokens and secret settings.
        """
        query = {name: "true" for name, is_asked in (("files", files), ("secrets", secrets)) if is_asked}
        return self._control_json("GET", "/snapshot", query=query)  # type: ignore[no-any-return]

    def restore(self, snapshot: Json) -> None:
        """Put a snapshot, of this or another account, in the place of all that the account has.

        It keeps its id, credentials and tokens.

        Raises:
            ControlError: the snapshot cannot be used, and nothing has changed; the message names the field.
        """
        self._control_json("PUT", "/snapshot", snapshot)
        # They are to be delivered again.
        self._returned -= {delivery["id"] for delivery in snapshot["deliveries"]}

    @contextmanager
    def restored(self) -> Iterator[Json]:
        """Restore the account, at the end of the block, as it is now; the value is the snapshot."""
        snapshot = self.snapshot(files=True, secrets=True)
        try:
            yield snapshot
        finally:
            self.restore(snapshot)
