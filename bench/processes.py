"""What the processes of a server use: memory and processor time, as Linux counts them."""

import os
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
