"""The vendor of each path: no two vendors share a URL, and an unknown path belongs to the most similar vendor."""

from collections.abc import Iterable
from typing import Generic, TypeVar

from bodydouble.contracts.model.contract import Contract

Owner = TypeVar("Owner")
Segments = tuple[str, ...]
# The first segments of the control plane's paths, of files and uploads, and of what the proxy serves itself.
RESERVED = ("_mock", "_files", "_proxy")


def segments_of(path: str) -> Segments:
    """The parts of a path between its slashes."""
    return tuple(path.split("/")[1:])


def check_paths(contracts: Iterable[Contract], reserved: Iterable[str] = ()) -> None:
    """Check that no URL can be meant for operations of two vendors, and that the server keeps its own.

    Args:
        reserved: first segments that only the server itself uses.

    Raises:
        ValueError: naming the operations.
    """
    owners: dict[Segments, str] = {}
    for contract in contracts:
        operations = {segments_of(operation.path): operation for operation in contract.operations.values()}
        for segments, operation in operations.items():
            name = f"{contract.vendor} {operation.id} ({operation.path})"
            if segments[0] in reserved:
                raise ValueError(f"{name}: /{segments[0]} is the mock server's own")
            other = next((owner for path, owner in owners.items() if _overlap(segments, path)), None)
            if other is not None:
                raise ValueError(f"one URL can mean operations of two vendors: {other} and {name}")
        owners |= {
            segments: f"{contract.vendor} {operation.id} ({operation.path})"
            for segments, operation in operations.items()
        }


def _overlap(segments: Segments, other: Segments) -> bool:
    return len(segments) == len(other) and all(
        part == counterpart or "{" in part or "{" in counterpart
        for part, counterpart in zip(segments, other, strict=True)
    )


class VendorPaths(Generic[Owner]):
    """Finds the vendor for a path that no operation has, so that its error has that vendor's form.

    It is the one whose operations share most segments with the path, up to their first parameter; the first one added,
    where several do.
    """

    def __init__(self) -> None:
        self._owners: dict[Segments, Owner] = {}

    def add(self, path: str, owner: Owner) -> None:
        """Add the path of an operation."""
        segments = segments_of(path)
        literal = next((index for index, part in enumerate(segments) if "{" in part), len(segments))
        for length in range(1, literal + 1):
            self._owners.setdefault(segments[:length], owner)

    def owner_of(self, path: str) -> Owner | None:
        """The vendor that a path is for; None if it begins like no vendor's."""
        segments = segments_of(path)
        prefixes = (segments[:length] for length in range(len(segments), 0, -1))
        return next((self._owners[prefix] for prefix in prefixes if prefix in self._owners), None)
