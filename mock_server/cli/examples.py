"""`bodydouble examples`."""

import sys
from pathlib import Path

import click

from bodydouble.contracts.model import documents

COULD_NOT_RUN = 2


@click.command()
@click.argument("vendor", type=click.Choice(documents.names()), metavar="VENDOR")
@click.argument("har", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--output", type=click.Path(dir_okay=False, path_type=Path), help="File to write; standard output if none."
)
def examples(vendor: str, har: Path, output: Path | None) -> None:
    """Turn a recording into examples for VENDOR's specification.

    HAR is an HTTP Archive, of `bodydouble proxy` or of anything else. Writes entries in the form of
    specs/VENDOR/examples.yaml: one for each operation, part, status and shape, with placeholders that the schemas
    allow in place of secrets and personal data. Bodies that break the contract are listed on standard error and left
    out: they are drift.

    Exit codes: 0 everything that was recorded is valid, 1 some bodies break the contract, 2 could not run.
    """
    from bodydouble.contracts.model.loader import load_contract
    from bodydouble.contracts.proxy.examples_from_har import examples_from
    from bodydouble.contracts.proxy.har import read_har

    try:
        found = examples_from(load_contract(vendor), read_har(har), har.name)
        if output is not None:
            output.write_text(found.to_yaml(), encoding="utf-8")
    except (OSError, ValueError) as error:
        click.echo(f"Error: {error}", err=True)
        sys.exit(COULD_NOT_RUN)
    if output is None:
        click.echo(found.to_yaml(), nl=False)
    for line in found.invalid:
        click.echo(f"breaks the contract, left out: {line}", err=True)
    for line in found.unredactable:
        click.echo(f"cannot be redacted and stay valid, left out: {line}", err=True)
    counts = f"{found.repeated} bodies of a known shape, {found.unusable} unusable exchanges"
    click.echo(f"{len(found.examples)} examples; {counts}", err=True)
    if found.invalid:
        sys.exit(1)
