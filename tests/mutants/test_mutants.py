"""Some of the mutants, each tested in the operations in which it can show; `make mutants` runs all of them, whole."""

from dataclasses import replace

import pytest

from bodydouble.testing import Server
from tests.mutants.catalogue import selected
from tests.mutants.harness import OPTIONS, check, focused
from tests.mutants.model import Mutant

pytestmark = pytest.mark.process

PLANTED = (
    *("guiji duplicate-code", "guiji any-token-accepted", "guiji not-found-404", "guiji fails-on-large-pages"),
    *("softsugar text-plain", "softsugar no-content-type", "softsugar one-id-rejected", "softsugar goes-back"),
    *("softsugar malformed-accepted", "softsugar not-found-500"),
    *("huawei-metastudio no-request-id-in-list", "huawei-metastudio unlisted-code"),
    *("aliyun-avatar success-false", "control unknown-mode"),
    *("guiji sex-ignored", "guiji total-plus-7", "guiji bad-sign-accepted", "softsugar first-page-only"),
    *("softsugar unknown-is-cancelled", "huawei-metastudio wrong-script-id", "huawei-metastudio copy-has-source-id"),
)
# What a benign change is tested with, where whole runs would take too long.
SOME = {
    "guiji new-fields": "getAccountBenefits listPublicAvatars",
    "softsugar other-key-order": "getPublicAvatars listTasks",
    "huawei-metastudio header-case": "ListVideoScripts ShowVideoScript",
}


def named(name: str) -> Mutant:
    vendor, _, mutant = name.partition(" ")
    (match,) = selected([vendor], [mutant], [])
    return match


@pytest.mark.parametrize("name", PLANTED)
def test_a_planted_fault_is_found(process_server: Server, name: str) -> None:
    mutant = named(name)
    outcome = check(mutant, process_server, replace(focused(mutant, OPTIONS), examples=5), every_finding=False)
    assert outcome.exercised
    assert outcome.detected, outcome.details
    assert outcome.operations <= {*mutant.operations, *mutant.also}, outcome.details


@pytest.mark.parametrize("name", SOME)
def test_a_benign_change_finds_nothing(process_server: Server, name: str) -> None:
    options = replace(OPTIONS, examples=5, operations=frozenset(SOME[name].split()))
    outcome = check(named(name), process_server, options)
    assert outcome.exercised
    assert not outcome.details
