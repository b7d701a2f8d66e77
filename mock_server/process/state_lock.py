"""A state in a file belongs to one server at a time."""

import fcntl
import os
import time
from pathlib import Path

# Seconds for which the workers of a server that was killed may still be ending.
PATIENCE = 3.0


class StateLock:
    """The lock of a state's file; the processes that are forked from this one have it, too, until the last one ends.

    Args:
        state: path of the file, or the URL of a database server, which any number of servers may use.

    Raises:
        OSError: another server uses the file; the message names its process.
    """

    def __init__(self, state: str) -> None:
        self._file = None
        if "://" in state:
            return
        # By whatever name it is opened, it is the same file.
        path = Path(os.path.realpath(state))
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = path.with_name(f"{path.name}.server").open("a+")
        deadline = time.monotonic() + PATIENCE
        while not self._take():
            if time.monotonic() > deadline:
                self._file.seek(0)
                process = self._file.read().strip() or "unknown"
                self._file.close()
                raise OSError(f"the state {state} is in use by another server, process {process}")
            # To wait for the lock itself would have no time limit, in a thread neither: it could take the lock later.
            time.sleep(0.05)
        self._file.truncate(0)
        self._file.write(f"{os.getpid()}\n")
        self._file.flush()

    def _take(self) -> bool:
        if self._file is None:
            return True
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def release(self) -> None:
        """Let another server use the file."""
        if self._file is not None:
            self._file.close()
