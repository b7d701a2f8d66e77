"""The mutants themselves: enough for each vendor, of every kind, of operations that exist."""

from collections import Counter, defaultdict

import pytest

from tests.mutants.catalogue import VENDORS, benign_changes, faults
from tests.mutants.harness import OPTIONS, contract_of, focused
from tests.mutants.model import Kind
from tests.support.vendor_support import CONTROL, vendors

MIN_FAULTS, MIN_FAULTS_OF_CONTROL, MIN_BENIGN = 25, 15, 8
# Only these contracts have responses without a body.
VENDORS_OF_A_KIND = {Kind.BODY: 2}


def test_the_vendors_of_the_mutants_exist() -> None:
    assert {*VENDORS} <= {*vendors(), CONTROL}
    assert len(VENDORS) >= 5


@pytest.mark.parametrize("vendor", VENDORS)
def test_a_vendor_has_enough_mutants_with_names_of_their_own(vendor: str) -> None:
    names = Counter(mutant.name for mutant in (*faults(vendor), *benign_changes(vendor)))
    assert max(names.values()) == 1, names.most_common(3)
    assert len(faults(vendor)) >= (MIN_FAULTS_OF_CONTROL if vendor == CONTROL else MIN_FAULTS)
    assert len(benign_changes(vendor)) > MIN_BENIGN


@pytest.mark.parametrize("vendor", VENDORS)
def test_a_mutant_names_operations_that_exist(vendor: str) -> None:
    operations = contract_of(vendor).operations
    for mutant in faults(vendor):
        assert {*mutant.operations, *mutant.also} <= operations.keys(), mutant.name
        assert focused(mutant, OPTIONS).operations <= operations.keys()


def test_every_kind_is_planted_at_three_vendors() -> None:
    planted = defaultdict(set)
    for vendor in VENDORS:
        for mutant in faults(vendor):
            planted[mutant.kind].add(vendor)
    assert planted.keys() == set(Kind) - {Kind.BENIGN}
    for kind, at in planted.items():
        assert len(at) >= VENDORS_OF_A_KIND.get(kind, 3), (kind, at)


@pytest.mark.parametrize("vendor", [vendor for vendor in VENDORS if vendor != CONTROL])
def test_the_mutants_of_a_vendor_touch_operations_of_every_role(vendor: str) -> None:
    contract = contract_of(vendor)
    roles = {operation.role.role for operation in contract.operations.values() if operation.role is not None}
    touched = {name for mutant in faults(vendor) for name in mutant.operations}
    planted = {role.role for name in touched if (role := contract.operations[name].role) is not None}
    assert planted == roles
