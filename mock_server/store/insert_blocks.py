"""Inserts of several rows in one statement, made from the insert of one row."""

import re
from functools import cache

_VALUES = " VALUES "
_PARAMETER = re.compile(r"\$(\d+)")


@cache
def insert_of(insert: str, count: int, width: int = 0) -> str:
    """An insert of many rows.

    Args:
        insert: of one row.
        count: of the rows.
        width: how many parameters one row has, where they are numbered.
    """
    head, values, rest = insert.rpartition(_VALUES)
    row, end, tail = rest.partition(")")
    rows = [_shifted(row + end, width * number) for number in range(count)]
    return head + values + ", ".join(rows) + tail


def _shifted(row: str, by: int) -> str:
    return _PARAMETER.sub(lambda match: f"${int(match[1]) + by}", row)
