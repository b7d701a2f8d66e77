"""What the processes of a server use: memory and processor time, as Linux counts them."""

import os
from contextlib import suppress
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")


def tree(root: int) -> list[int]:
    """A process with its descendants."""
    parents: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and (fields := _stat(int(entry.name))):
            parents.setdefault(int(fields[1]), []).append(int(entry.name))
    processes = [root]
    for process in processes:
        processes += parents.get(process, [])
    return processes


def proportional_memory(root: int) -> float:
    """MiB of a process and its descendants, what processes share divided among them."""
    return sum(map(_proportional, tree(root))) / 1024


def processor_time(root: int) -> float:
    """Seconds of processor time that a process and its descendants have used."""
    return sum(map(_ticks, tree(root))) / _TICKS


def running_time(root: int) -> float:
    """The same of the threads that there are now, in nanoseconds instead of ticks: for what uses little."""
    return sum(map(_scheduled, tree(root))) / 1e9


def _scheduled(process: int) -> int:
    total = 0
    for path in Path(f"/proc/{process}/task").glob("*/schedstat"):
        # A thread may have ended meanwhile.
        with suppress(OSError):
            total += int(path.read_text().split()[0])
    return total


def _stat(process: int) -> list[str]:
    try:
        return Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()
    except OSError:
        return []


def _ticks(process: int) -> int:
    fields = _stat(process)
    return int(fields[11]) + int(fields[12]) if fields else 0


def _proportional(process: int) -> int:
    lines = Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()
    return sum(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
