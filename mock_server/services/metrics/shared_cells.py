"""Whole numbers that the processes of a server share: each worker writes a row of its own, any process reads all."""

import fcntl
import mmap
import os
import tempfile
import weakref

_CELL = 8


class SharedCells:
    """Rows of cells in memory that forked processes share.

    A worker that ends leaves its row as it is, and the worker that replaces it goes on with it: sums over all rows
    never fall.

    Args:
        rows: how many processes may write.
        width: cells of a row.
    """

    def __init__(self, rows: int, width: int) -> None:
        self.rows = rows
        self._width = width
        self._memory = memoryview(mmap.mmap(-1, rows * width * _CELL)).cast("q")
        # One byte for each row. The system unlocks it when the process ends, however it ends.
        with tempfile.TemporaryFile() as file:
            self._locks = os.dup(file.fileno())
        weakref.finalize(self, os.close, self._locks)
        self.own = self.row(0)

    def claim(self) -> None:
        """Let this process write a row of its own, instead of the first. Once, before it counts anything."""
        for number in range(self.rows):
            try:
                fcntl.lockf(self._locks, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, number, os.SEEK_SET)
            except OSError:
                continue
            self.own = self.row(number)
            return

    def row(self, number: int) -> memoryview:
        """The cells of a row."""
        return self._memory[number * self._width : (number + 1) * self._width]

    def sum(self, cell: int) -> int:
        """A cell of all rows together."""
        return sum(self._memory[cell :: self._width])
