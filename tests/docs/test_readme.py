"""The README's credentials and counts are those of the server, and so written by its generator."""

import re
from pathlib import Path

from bodydouble.mock_server.store.accounts import DEFAULT_ACCOUNT
from bodydouble.mock_server.vendors import load_vendors
from docs import readme

README = (Path(__file__).parents[2] / "README.md").read_text()


def test_the_credentials_of_the_default_account_are_those_of_the_server() -> None:
    for name, vendor in load_vendors().items():
        row = next(line for line in README.splitlines() if line.startswith(f"| {name} |"))
        written = dict(re.findall(r"`(\w+)` = `([^`]+)`", row))
        assert written == vendor.new_credentials(DEFAULT_ACCOUNT, 0).content


def test_the_counts_of_the_summary_are_true() -> None:
    contracts = [vendor.contract for vendor in load_vendors().values()]
    operations = sum(len(contract.operations) for contract in contracts)
    callbacks = sum(len(contract.callbacks) for contract in contracts)
    validators = sum(contract.validator_count for contract in contracts)
    names = ", ".join(sorted(load_vendors()))
    counted = f"{operations} operations, {callbacks} callbacks, {validators} validators"
    assert f"{len(contracts)} vendors ({names}), {counted}" in README


def test_these_parts_are_what_the_generator_writes() -> None:
    assert readme.page(README) == README, "run: make docs"


def test_the_generator_replaces_these_parts_and_nothing_else() -> None:
    outdated = README.replace(readme.summary(), "9 vendors (a, b), 1 operations, 2 callbacks, 3 validators")
    outdated = outdated.replace(readme.credentials_table(), "| guiji | `app_id` = `an old value` |\n")
    assert outdated != README
    assert readme.page(outdated) == README
