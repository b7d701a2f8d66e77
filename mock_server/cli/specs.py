"""`bodydouble specs`."""

import sys

import click
from rich.box import SIMPLE
from rich.console import Console
from rich.table import Table

from bodydouble.contracts.model import documents
from bodydouble.contracts.model.documents import SpecificationError
from bodydouble.contracts.model.loader import load_contract


@click.command()
@click.argument("names", nargs=-1)
@click.option("--operations", is_flag=True, help="List every operation and callback.")
def specs(names: tuple[str, ...], operations: bool) -> None:
    """List and check the specifications: all, or those of the given NAMES.

    Checks the extensions, references, lifecycles and error cases, and compiles every schema. If openapi-spec-validator
    is installed, also validates the documents against OpenAPI 3.1. Exits with 1 if a specification is invalid.
    """
    console = Console()
    table = Table(box=SIMPLE, pad_edge=False, padding=(0, 1, 0, 0))
    table.add_column("specification", no_wrap=True)
    for heading in ("operations", "callbacks", "lifecycles", "errors", "decided", "schemas"):
        table.add_column(heading, justify="right")
    failed = False
    for name in names or documents.names():
        try:
            contract = load_contract(name)
            _check_openapi(name)
        except SpecificationError as error:
            failed = True
            console.print(f"[red]{name}[/red]: {error}", highlight=False, soft_wrap=True)
            continue
        counts = (
            contract.operations,
            contract.callbacks,
            contract.lifecycles,
            contract.errors,
            contract.discrepancies,
        )
        table.add_row(name, *(str(len(elements)) for elements in counts), str(contract.validator_count))
        if operations:
            for operation in contract.operations.values():
                methods = " or ".join(operation.methods)
                console.print(f"{name}  {methods:6} {operation.path}  {operation.id}", highlight=False)
            for callback in contract.callbacks.values():
                console.print(f"{name}  {'callback' if callback.operation else 'webhook'}  {callback.id}")
    console.print(table)
    if failed:
        sys.exit(1)


def _check_openapi(name: str) -> None:
    for violation in documents.openapi_violations(name):
        raise SpecificationError(f"not OpenAPI 3.1 at {violation}")
