"""`bodydouble docs`."""

from pathlib import Path

import click

from bodydouble.mock_server.cli.control_requests import CommandFailure


@click.command()
@click.argument("out", type=click.Path(path_type=Path))
def docs(out: Path) -> None:
    """Write the contract reference and the guides as a site of files into the folder OUT.

    The files need no server: they work below any path, and when they are opened as files, with their search. OUT must
    be empty, or have a site that this command has written: its files are replaced, other files are left alone.

    \b
    Try:
      bodydouble docs site
      then open site/index.html
    """
    # Imported here, so that mistakes in the arguments are reported at once.
    from bodydouble.contracts.model import documents
    from bodydouble.contracts.model.loader import load_contract
    from bodydouble.mock_server.pages.static_site import FolderError, write_site

    # The control plane stands behind the vendors.
    names = sorted(documents.names(), key=lambda name: name == "control")
    try:
        count = write_site({name: load_contract(name) for name in names}, out)
    except FolderError as error:
        raise CommandFailure(str(error)) from error
    except OSError as error:
        raise CommandFailure(f"{error.filename or out} cannot be written: {error.strerror}") from error
    click.echo(f"{count} pages; open {out / 'index.html'}")
