"""Whether the requests in a journal conform to the contract, and a message that shows where they do not."""

from collections.abc import Mapping, Sequence
from typing import Any

_CONTROL_PREFIX = "/_mock"
_COLUMNS = ("field", "got", "expected")


def require_conformance(entries: Sequence[Mapping[str, Any]]) -> None:
    """Require that the requests of some journal entries conform to the contract.

    Raises:
        AssertionError: shows each request that does not, and field, got and expected of each violation.
    """
    violating = [entry for entry in entries if _violates(entry)]
    if violating:
        requests = "1 request violates" if len(violating) == 1 else f"{len(violating)} requests violate"
        raise AssertionError("\n".join([f"{requests} the contract:", *map(_described, violating)]))


def _violates(entry: Mapping[str, Any]) -> bool:
    # A request without an operation is one to an unknown path, or with a method that the path does not have.
    return not entry["path"].startswith(_CONTROL_PREFIX) and bool(entry["violations"] or entry["operation"] is None)


def _described(entry: Mapping[str, Any]) -> str:
    target = entry["path"] + (f"?{entry['query']}" if entry["query"] else "")
    name = entry["operation"] or entry["error"]
    response = f"{entry['status']} {entry['error']}"
    lines = [f"\n{entry['method']} {target} ({entry['vendor']} {name}) got the response {response}"]
    # Several branches of a schema may be violated in the same way.
    shown = dict.fromkeys(tuple(violation[column] for column in _COLUMNS) for violation in entry["violations"])
    rows = [_COLUMNS, *shown]
    if not entry["violations"]:
        rows.append(("request", f"{entry['method']} {entry['path']}", "a path and method of the contract"))
    widths = [max(len(row[column]) for row in rows) for column in range(2)]
    lines += [f"  {row[0]:{widths[0]}}  {row[1]:{widths[1]}}  {row[2]}" for row in rows]
    return "\n".join(lines)
