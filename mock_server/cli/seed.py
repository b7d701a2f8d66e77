"""`bodydouble seed`."""

from pathlib import Path
from typing import Any

import click

from bodydouble.mock_server.cli.control_requests import CommandFailure, of_server, read_snapshot, write_private


@click.command()
@click.option("--from-account", "account_id", required=True, metavar="ID", help="The account that the seed declares.")
@click.option("--secrets", is_flag=True, help="With credentials, tokens and secret settings.")
@click.option(
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Write it to FILE, which only its owner can read. Default: standard output.",
)
@of_server
def seed(account_id: str, secrets: bool, output: Path | None, url: str, token: str | None) -> None:
    """Write a seed that declares an account as it is now, for `bodydouble serve --seed`.

    \b
    Try:
      bodydouble seed --from-account default --output team.yaml
      bodydouble serve --seed team.yaml
    """
    text = _seed_of(read_snapshot(url, account_id, token, files=False, secrets=secrets))
    if output is None:
        click.echo(text, nl=False)
        return
    try:
        write_private(output, text)
    except OSError as error:
        raise CommandFailure(f"{output} cannot be written: {error.strerror}") from error


def _seed_of(snapshot: dict[str, Any]) -> str:
    # Imported here, so that mistakes in the arguments are reported at once.
    from bodydouble.contracts.model import portable_yaml
    from bodydouble.mock_server.services.seeds.document import MAX_BYTES

    account = dict(snapshot["account"])
    if "secrets" in snapshot:
        account["credentials"] = snapshot["secrets"]["credentials"]
    text = portable_yaml.dump({"version": 1, "accounts": [{**account, "snapshot": snapshot}]})
    if len(text.encode()) > MAX_BYTES:
        raise CommandFailure(f"the account has too much for a seed of {MAX_BYTES} bytes; a snapshot holds more")
    return text
