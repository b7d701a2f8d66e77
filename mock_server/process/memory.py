"""How much freed memory the C library keeps for a process."""

import ctypes
from contextlib import suppress

# Of `malloc.h`: the parameter of `mallopt` that limits how many arenas a process has.
_M_ARENA_MAX = -8
# Python's threads allocate one after the other; the server's own do so beside them.
MAX_ARENAS = 2


def limit_arenas() -> None:
    """Let all threads of this process, and of those forked from it later, share a few arenas of memory.

    glibc has 8 arenas for each core, so that threads do not wait for each other, and what one thread has freed stays in
    its arena, unused by others. Called before other threads start. Without effect on other C libraries.
    """
    with suppress(AttributeError, OSError, TypeError):
        ctypes.CDLL(None).mallopt(_M_ARENA_MAX, MAX_ARENAS)
