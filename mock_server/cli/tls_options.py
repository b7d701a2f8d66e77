"""Options about certificates, the same for every command that makes connections."""

from pathlib import Path

import click

CA_VARIABLE = "BODYDOUBLE_CA"

ca_option = click.option(
    "--ca",
    envvar=CA_VARIABLE,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Certificates (PEM) that are trusted in addition to the system's; also BODYDOUBLE_CA.",
)
insecure_option = click.option("--insecure", is_flag=True, help="Do not verify certificates.")
