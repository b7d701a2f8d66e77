"""What distinguishes two snapshots."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from bodydouble.contracts.core.json_pointer import pointer
from bodydouble.contracts.core.late_dataclass import dataclass

ADDED, REMOVED, CHANGED = "added", "removed", "changed"
# By which fields the entries of a list are the same.
_IDENTITIES: Mapping[str, tuple[str, ...]] = {
    "tasks": ("vendor", "kind", "key"),
    "resources": ("vendor", "kind", "key"),
    "uploads": ("vendor", "key"),
    "deliveries": ("id",),
    "scenarios": ("id",),
}
# When a snapshot was taken is no difference.
_TIMES = frozenset({"taken_at"})

Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Difference:
    """One difference.

    Attributes:
        kind: `added`, `removed` or `changed`.
        path: of the field; entries of lists are named by vendor, kind and key, or by what else identifies them.
        before, after: its values; None where it is missing.
    """

    kind: str
    path: Path
    before: Any = None
    after: Any = None

    @property
    def place(self) -> str:
        """The path, as a JSON pointer."""
        return pointer(self.path)


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Difference]:
    """The differences of two snapshots, in the order of their fields.

    When they were taken is none; neither is what a running clock showed then.
    """
    return _of_objects(_by_identity(before), _by_identity(after), ())


def _by_identity(document: Mapping[str, Any]) -> dict[str, Any]:
    content = {name: value for name, value in document.items() if name not in _TIMES}
    for name, fields in _IDENTITIES.items():
        if isinstance(content.get(name), list):
            content[name] = {tuple(entry[field] for field in fields): entry for entry in content[name]}
    clock = content.get("clock")
    if isinstance(clock, Mapping) and clock.get("mode") == "running":
        content["clock"] = {"mode": "running"}
    return content


def _of(before: Any, after: Any, path: Path) -> Iterator[Difference]:
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        yield from _of_objects(before, after, path)
    elif isinstance(before, list) and isinstance(after, list):
        yield from _of_objects(_numbered(before), _numbered(after), path)
    elif before != after or type(before) is not type(after):
        yield Difference(CHANGED, path, before, after)


def _numbered(values: Sequence[Any]) -> dict[int, Any]:
    return dict(enumerate(values))


def _of_objects(before: Mapping[Any, Any], after: Mapping[Any, Any], path: Path) -> Iterator[Difference]:
    for key in dict.fromkeys([*before, *after]):
        place = (*path, *key) if isinstance(key, tuple) else (*path, key)
        if key not in after:
            yield Difference(REMOVED, place, before=before[key])
        elif key not in before:
            yield Difference(ADDED, place, after=after[key])
        else:
            yield from _of(before[key], after[key], place)
