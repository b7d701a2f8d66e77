"""Rows of a report on a terminal, or in a pipe: a table where it fits, otherwise a block of lines for each row."""

from collections.abc import Mapping, Sequence

from rich.console import Console
from rich.markup import escape
from rich.measure import Measurement
from rich.table import Table


def print_rows(
    console: Console,
    title: str,
    columns: Sequence[str],
    rows: Sequence[tuple[str, ...]],
    colours: Mapping[str, str] | None = None,
) -> None:
    """Print rows so that no value is broken in the middle of a word.

    Args:
        columns: their names; the first one heads a row's block.
        rows: a text for each column.
        colours: names of colours for values that have one.
    """
    cells = [[_coloured(value, colours or {}) for value in row] for row in rows]
    table = Table(*columns, title=escape(title))
    for row in cells:
        table.add_row(*row)
    if Measurement.get(console, console.options.update(max_width=10_000), table).maximum <= console.width:
        console.print(table)
        return
    width = max(map(len, columns)) + 2
    console.print(escape(title), highlight=False, soft_wrap=True)
    for head, *values in cells:
        lines = (f"  {name:<{width}}{value}" for name, value in zip(columns[1:], values, strict=True))
        console.print("\n".join([f"\n{head}", *lines]), highlight=False, soft_wrap=True)


def _coloured(value: str, colours: Mapping[str, str]) -> str:
    # Brackets in values are not markup.
    text = escape(value)
    return f"[{colours[value]}]{text}[/{colours[value]}]" if value in colours else text
