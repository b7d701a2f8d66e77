"""How much memory a process uses, where the system says it in /proc."""

from pathlib import Path

from bodydouble.contracts.core.late_dataclass import dataclass

_KILOBYTE = 1024


@dataclass(frozen=True, slots=True)
class ProcessMemory:
    """Bytes in memory.

    Attributes:
        resident: all of the process, what it shares with others included.
        proportional: the same, with each shared page divided among those who share it: may be summed.
    """

    resident: int
    proportional: int


def process_memory(process: int) -> ProcessMemory | None:
    """The memory of a process; None if there is no such process, or the system does not say.

    Args:
        process: its number.
    """
    try:
        text = Path(f"/proc/{process}/smaps_rollup").read_text()
    except OSError:
        return None
    lines = (line.split() for line in text.splitlines()[1:])
    sizes = {words[0]: int(words[1]) * _KILOBYTE for words in lines}
    return ProcessMemory(sizes["Rss:"], sizes["Pss:"])
