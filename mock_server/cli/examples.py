"""`bodydouble examples`."""

import sys
from pathlib import Path

import click

from bodydouble.contracts.core.printable import counted
from bodydouble.contracts.model import documents

COULD_NOT_RUN = 2


@click.command()
@click.argument("vendor", type=click.Choice(documents.names()), metavar="VENDOR")
@click.argument("har", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--output", type=click.Path(dir_okay=False, path_type=Path), help="File to write; standard output by default."
)
def examples(vendor: str, har: Path, output: Path | None) -> None:
    """Turn a recording into examples for VENDOR's specification.

    HAR is an HTTP Archive of `bodydouble proxy` or of another program. Writes entries in the form of
    specs/VENDOR/examples.yaml: one for each operation, part, status and shape. Secrets and personal data are replaced
    by placeholders that the schemas allow. Bodies that violate the contract are drift: they are listed on standard
    error and left out. So are entries that cannot be read; an archive that is cut is read up to the cut.

    Exit codes: 0 every recorded body is valid, 1 some bodies violate the contract, 2 could not run.
    """
    from bodydouble.contracts.model.loader import load_contract
    from bodydouble.contracts.proxy.examples_from_har import examples_from
    from bodydouble.contracts.proxy.har_reader import read_har

    try:
        archive = read_har(har)
        result = examples_from(load_contract(vendor), archive.exchanges, har.name)
        if output is not None:
            output.write_text(result.to_yaml(), encoding="utf-8")
    except (OSError, ValueError) as error:
        click.echo(f"Error: {error}", err=True)
        sys.exit(COULD_NOT_RUN)
    if output is None:
        click.echo(result.to_yaml(), nl=False)
    for line in archive.remarks:
        click.echo(f"not read: {line}", err=True)
    for line in result.invalid:
        click.echo(f"violates the contract, left out: {line}", err=True)
    for line in result.unredactable:
        click.echo(f"has no valid redaction, left out: {line}", err=True)
    repeated, unusable = (
        counted(result.repeated, "repetition"),
        counted(result.unusable + len(archive.skipped), "unusable exchange"),
    )
    click.echo(f"{counted(len(result.examples), 'example')}; {repeated}, {unusable}", err=True)
    if result.invalid:
        sys.exit(1)
