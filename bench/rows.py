"""The table: each row with its bar."""

import statistics
from collections.abc import Sequence
from dataclasses import dataclass

from rich.console import Console
from rich.table import Table

# As wide as the tables, also where the output goes to a file.
CONSOLE = Console(width=150)
RATIO = "x"


@dataclass(frozen=True)
class Row:
    """One row.

    Attributes:
        what: was measured.
        ours: the server's own figure, with its unit.
        beside, theirs: what it is compared with, and the figure of that.
        value: what has the bar, in `unit`: a ratio unless that says otherwise. None if it could not be measured.
        bar: what the value is to reach (`at_least`), or not to exceed.
    """

    what: str
    ours: str
    value: float | None
    bar: float
    at_least: bool = False
    unit: str = RATIO
    beside: str = ""
    theirs: str = ""

    @property
    def is_missed(self) -> bool:
        """Whether it was measured and misses its bar."""
        if self.value is None:
            return False
        return self.value < self.bar if self.at_least else self.value > self.bar


def compared(
    what: str, pairs: Sequence[tuple[float, float]], unit: str, beside: str, bar: float, *, at_least: bool = False
) -> Row:
    """A row of the median of ratios, each of two figures of one round.

    Args:
        pairs: our figure and the other, of each round.
    """
    ours, theirs = (statistics.median(values) for values in zip(*pairs, strict=True))
    ratio = statistics.median(our / their for our, their in pairs)
    return Row(what, _text(ours, unit), ratio, bar, at_least, RATIO, beside, _text(theirs, unit))


def absolute(what: str, value: float, unit: str, bar: float, *, at_least: bool = False, **columns: str) -> Row:
    """A row of a figure that has a bar itself; `columns` are further ones of the row."""
    return Row(what, columns.pop("ours", _text(value, unit)), value, bar, at_least, unit, **columns)


def absent(what: str, peer: str, bar: float, *, at_least: bool = False) -> Row:
    """A row that is left empty, because a peer is not installed."""
    return Row(what, "", None, bar, at_least, RATIO, peer, "not installed")


def _text(value: float, unit: str) -> str:
    digits = 0 if value >= 100 or value == int(value) else 1 if value >= 10 else 2
    return f"{value:,.{digits}f} {unit}"


@dataclass(frozen=True)
class Section:
    """Rows that were measured together.

    Attributes:
        seconds: that it took, with all that had to be prepared.
    """

    rows: Sequence[Row]
    seconds: float


def show(sections: Sequence[Section]) -> bool:
    """Print the table; whether all bars are met."""
    table = Table("what", "Bodydouble", "beside", "", "measured", "bar", "", "took")
    for section in sections:
        for index, row in enumerate(section.rows):
            table.add_row(*_cells(row), f"{section.seconds:.0f} s" if index == 0 else "")
        table.add_section()
    CONSOLE.print(table)
    return not any(row.is_missed for section in sections for row in section.rows)


def _cells(row: Row) -> tuple[str, ...]:
    mark = "" if row.value is None else "[red]missed[/red]" if row.is_missed else "[green]met[/green]"
    measured = "" if row.value is None else _text(row.value, row.unit)
    bar = f"{'≥' if row.at_least else '≤'} {row.bar:,g} {row.unit}"
    return row.what, row.ours, row.beside, row.theirs, measured, bar, mark
