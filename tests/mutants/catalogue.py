"""All mutants and benign changes, by vendor."""

from collections.abc import Iterable
from dataclasses import replace

from tests.mutants import (
    aliyun_avatar,
    aliyun_neighbours,
    benign,
    control,
    guiji,
    guiji_neighbours,
    huawei_metastudio,
    huawei_neighbours,
    softsugar,
)
from tests.mutants.model import Mutant

_FAULTS = {
    "guiji": guiji.MUTANTS + guiji_neighbours.MUTANTS,
    "softsugar": softsugar.MUTANTS,
    "aliyun-avatar": aliyun_avatar.MUTANTS + aliyun_neighbours.MUTANTS,
    "huawei-metastudio": huawei_metastudio.MUTANTS + huawei_neighbours.MUTANTS,
    "control": control.MUTANTS,
}
VENDORS = tuple(_FAULTS)


def faults(vendor: str) -> tuple[Mutant, ...]:
    """A vendor's mutants."""
    return tuple(replace(mutant, vendor=vendor) for mutant in _FAULTS[vendor])


def benign_changes(vendor: str) -> tuple[Mutant, ...]:
    """The changes that must find nothing, for a vendor; the first one changes nothing."""
    return tuple(replace(mutant, vendor=vendor) for mutant in benign.changes(vendor))


def selected(vendors: Iterable[str], names: Iterable[str], kinds: Iterable[str]) -> list[Mutant]:
    """The mutants and benign changes of some vendors, names and kinds; of all, where none are chosen."""
    chosen, names, kinds = list(vendors) or VENDORS, set(names), set(kinds)
    every = [mutant for vendor in chosen for mutant in (*faults(vendor), *benign_changes(vendor))]
    return [
        mutant
        for mutant in every
        if (not names or mutant.name in names) and (not kinds or mutant.kind in kinds or mutant.kind.name in kinds)
    ]
