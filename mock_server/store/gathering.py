"""What costs the same for many, such as a commit, begins after those that are about to come: they are let run first."""

import os
import time
from collections.abc import Sized

# How often others are let run, and nobody comes, before it begins, and the seconds that this may take.
LOOKS, MAX_SECONDS = 4, 0.005


def gather(arrived: Sized, latest: int, at_most: int) -> None:
    """Let other threads run that can, as long as something comes of it.

    Where nothing else can run, this returns at once: no time passes that somebody could use.

    Args:
        arrived: who has come.
        latest: how many there were the last time. After one that was alone, one look is enough.
        at_most: how many are worth a wait.
    """
    looks, end = LOOKS if latest > 1 else 1, time.monotonic() + MAX_SECONDS
    while looks and len(arrived) < at_most and time.monotonic() < end:
        before = len(arrived)
        os.sched_yield()
        looks = looks - 1 if len(arrived) == before else LOOKS
