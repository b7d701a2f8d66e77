"""Where statements come from, and where the vendor's sources contradict each other."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from bodydouble.contracts.core.json_pointer import Path
from bodydouble.contracts.model.contract import Contract
from bodydouble.contracts.reference.places import Place, Places, schema_at

KINDS = ("documented", "vendor-public", "inferred", "invented")


@dataclass(frozen=True, slots=True)
class Mark:
    """Where a statement comes from, when it is not the vendor's document.

    Attributes:
        kind: one of `KINDS`.
        source: where from, or why.
    """

    kind: str
    source: str


@dataclass(frozen=True, slots=True)
class Decision:
    """A contradiction between the vendor's sources, and what was decided.

    Attributes:
        says: what each source says, by its kind.
        accept: what a request may look like.
        emit: what the mock server sends.
        reason: why; empty if the sources say it.
        places: what it is about.
    """

    id: int
    subject: str
    says: Mapping[str, str] = field(hash=False)
    accept: str
    emit: str
    reason: str
    source: str
    places: tuple[Place, ...]


def mark_of(node: Any) -> Mark | None:
    """The mark of a node of a specification."""
    entry = node.get("x-provenance") if isinstance(node, dict) else None
    return None if entry is None else Mark(entry["kind"], entry["source"])


class Decisions:
    """All decisions of one contract.

    Args:
        contract: the contract.
        places: its places.
    """

    def __init__(self, contract: Contract, places: Places) -> None:
        entries = contract.document.content.get("x-discrepancies", ())
        self.all = {entry["id"]: _decision(entry, places) for entry in entries}
        self._by_path: dict[Path, tuple[int, ...]] = {}
        for entry in entries:
            for location in entry.get("locations", ()):
                path = schema_at(contract.document.path_of(location))
                self._by_path[path] = (*self._by_path.get(path, ()), entry["id"])

    def at(self, *paths: Path) -> tuple[Decision, ...]:
        """The decisions about what stands at some paths of the document."""
        numbers = dict.fromkeys(number for path in paths for number in self._by_path.get(path, ()))
        return tuple(self.all[number] for number in numbers)

    def below(self, path: Path, keys: Iterable[str]) -> tuple[Decision, ...]:
        """The decisions about a node and some of its members."""
        return self.at(path, *((*path, key) for key in keys))


def _decision(entry: Mapping[str, Any], places: Places) -> Decision:
    return Decision(
        id=entry["id"],
        subject=entry["subject"],
        says=entry["says"],
        accept=entry["accept"],
        emit=entry["emit"],
        reason=entry.get("reason", ""),
        source=entry["source"],
        places=tuple(dict.fromkeys(places.of(location) for location in entry.get("locations", ()))),
    )
