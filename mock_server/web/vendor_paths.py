"""The vendor of each path: no two vendors share a URL, and an unknown path belongs to the most similar vendor."""

from collections.abc import Iterable
from typing import Generic, TypeVar

from bodydouble.contracts.model.contract import Contract

Owner = TypeVar("Owner")
Segments = tuple[str, ...]


def segments_of(path: str) -> Segments:
    """The parts of a path between its slashes."""
    return tuple(path.split("/")[1:])


def check_paths(contracts: Iterable[Contract]) -> None:
    """Check that no URL can belong to operations of two vendors.

    Raises:
        ValueError: some URL can.
    """
    owners: dict[Segments, str] = {}
    for contract in contracts:
        for path in {operation.path for operation in contract.operations.values()}:
            segments = segments_of(path)
            for other, owner in owners.items():
                if owner != contract.vendor and _overlap(segments, other):
                    raise ValueError(
                        f"{owner} and {contract.vendor} both have operations at /{'/'.join(other)} (and {path})"
                    )
            owners[segments] = contract.vendor


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
