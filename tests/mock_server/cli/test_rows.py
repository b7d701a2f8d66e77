"""Rows are a table where it fits, and blocks of whole lines where it does not."""

import io

from rich.console import Console

from bodydouble.mock_server.cli.rows import print_rows

COLUMNS = ("operation", "where", "got")
ROWS = [
    (
        "getVideo",
        "response body/data/records/*/resolution",
        '"[bold]a text of many words that is wider than a terminal"',
    ),
    ("createVideo", "request query/callbackUrl", "1"),
]


def printed(width: int) -> str:
    out = io.StringIO()
    print_rows(Console(file=out, width=width), "guiji: findings", COLUMNS, ROWS, {"1": "red"})
    return out.getvalue()


def test_a_wide_terminal_gets_a_table_of_a_line_for_each_row() -> None:
    lines = printed(160).splitlines()
    for row in ROWS:
        assert any(all(cell in line for cell in row) for line in lines)


def test_a_narrow_terminal_gets_a_line_for_each_value() -> None:
    expected = "guiji: findings\n"
    for operation, where, got in ROWS:
        expected += f"\n{operation}\n  where      {where}\n  got        {got}\n"
    assert printed(80) == expected
