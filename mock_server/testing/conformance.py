"""Whether the requests in a journal kept the contract, and a message that says where they did not."""

from collections.abc import Mapping, Sequence
from typing import Any

_CONTROL_PREFIX = "/_mock"
_COLUMNS = ("field", "got", "expected")


def require_conformance(entries: Sequence[Mapping[str, Any]]) -> None:
    """Require that the requests of some journal entries kept the contract.

    Raises:
        AssertionError: names each request that did not, and field, got and expected of everything that it broke.
    """
    broken = [entry for entry in entries if _breaks(entry)]
    if broken:
        requests = "1 request breaks" if len(broken) == 1 else f"{len(broken)} requests break"
        raise AssertionError("\n".join([f"{requests} the contract:", *map(_described, broken)]))


def _breaks(entry: Mapping[str, Any]) -> bool:
    # A request without an operation is one to an unknown path, or with a method that the path does not have.
    return not entry["path"].startswith(_CONTROL_PREFIX) and bool(entry["violations"] or entry["operation"] is None)


def _described(entry: Mapping[str, Any]) -> str:
    target = entry["path"] + (f"?{entry['query']}" if entry["query"] else "")
    name = entry["operation"] or entry["error"]
    lines = [f"\n{entry['method']} {target} ({entry['vendor']} {name}) was answered {entry['status']} {entry['error']}"]
    rows = [_COLUMNS, *([violation[column] for column in _COLUMNS] for violation in entry["violations"])]
    if not entry["violations"]:
        rows.append(["request", f"{entry['method']} {entry['path']}", "a path and method of the contract"])
    widths = [max(len(row[column]) for row in rows) for column in range(2)]
    lines += [f"  {row[0]:{widths[0]}}  {row[1]:{widths[1]}}  {row[2]}" for row in rows]
    return "\n".join(lines)
