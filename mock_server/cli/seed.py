"""`bodydouble seed`."""

import json
import os
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any
from urllib.parse import quote

import click

from bodydouble.contracts.core.printable import printable
from bodydouble.mock_server.cli.addresses import base_url
from bodydouble.mock_server.settings import DEFAULT_PORT

# Seconds for a snapshot of a hundred thousand tasks.
_TIMEOUT = 300.0
_MAX_SHOWN = 200
_PRIVATE = 0o600


@click.command()
@click.option("--from-account", "account_id", required=True, metavar="ID", help="The account that the seed declares.")
@click.option(
    "--url",
    default=f"http://127.0.0.1:{DEFAULT_PORT}",
    show_default=True,
    callback=base_url,
    help="Address of the server that has it.",
)
@click.option(
    "--token",
    envvar="BODYDOUBLE_CONTROL_TOKEN",
    metavar="TOKEN",
    help="The control token, if the server has one; also BODYDOUBLE_CONTROL_TOKEN.",
)
@click.option("--secrets", is_flag=True, help="With credentials, tokens and secret settings.")
@click.option(
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Write it to FILE, which only its owner can read. Default: standard output.",
)
def seed(account_id: str, url: str, token: str | None, secrets: bool, output: Path | None) -> None:
    """Write a seed that declares an account as it is now, for `bodydouble serve --seed`.

    \b
    Try:
      bodydouble seed --from-account default --output team.yaml
      bodydouble serve --seed team.yaml
    """
    text = _seed_of(_snapshot(url, account_id, token, secrets=secrets))
    if output is None:
        click.echo(text, nl=False)
        return
    try:
        _write(output, text)
    except OSError as error:
        raise click.ClickException(f"{output} cannot be written: {error.strerror}") from error


def _seed_of(snapshot: dict[str, Any]) -> str:
    # Imported here, so that mistakes in the arguments are reported at once.
    from bodydouble.contracts.model import portable_yaml
    from bodydouble.mock_server.services.seeds.document import MAX_BYTES

    account = dict(snapshot["account"])
    if "secrets" in snapshot:
        account["credentials"] = snapshot["secrets"]["credentials"]
    text = portable_yaml.dump({"version": 1, "accounts": [{**account, "snapshot": snapshot}]})
    if len(text.encode()) > MAX_BYTES:
        raise click.ClickException(f"the account has too much for a seed of {MAX_BYTES} bytes; a snapshot holds more")
    return text


def _snapshot(url: str, account_id: str, token: str | None, *, secrets: bool) -> dict[str, Any]:
    path = f"/_mock/accounts/{quote(account_id, safe='')}/snapshot{'?secrets=true' if secrets else ''}"
    request = urllib.request.Request(url + path, headers={"Authorization": f"Bearer {token}"} if token else {})
    # No proxy of the environment: the server is near.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(request, timeout=_TIMEOUT) as response:
            content: dict[str, Any] = json.loads(response.read())
    except urllib.error.HTTPError as error:
        raise click.ClickException(f"the server responds with {error.code}: {_message(error.read())}") from error
    except (OSError, ValueError) as error:
        raise click.ClickException(f"{url} cannot be used: {getattr(error, 'reason', error)}") from error
    if not isinstance(content, dict) or "account" not in content:
        raise click.ClickException(f"{url} cannot be used: what responds is no Bodydouble")
    return content


def _message(body: bytes) -> str:
    try:
        text = str(json.loads(body)["message"])
    except (ValueError, KeyError, TypeError):
        text = body.decode(errors="replace")
    return printable(text[:_MAX_SHOWN])


def _write(file: Path, text: str) -> None:
    # As a whole or not at all.
    unfinished = file.with_name(f"{file.name}.{os.getpid()}")
    try:
        descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _PRIVATE)
        with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
            stream.write(text)
        unfinished.replace(file)
    finally:
        unfinished.unlink(missing_ok=True)
