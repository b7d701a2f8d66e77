"""`bodydouble snapshot`."""

import json
import sys
from pathlib import Path
from typing import Any
from urllib.parse import quote

import click

from bodydouble.contracts.core.printable import printable
from bodydouble.mock_server.cli.control_requests import (
    CommandFailure,
    of_server,
    read_snapshot,
    require_success,
    send,
    write_private,
)

# How much of a value is shown.
_MAX_SHOWN = 100
_FILE = click.Path(dir_okay=False, path_type=Path)
_EXISTING_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_NOT_FOUND = 404


@click.group()
def snapshot() -> None:
    """Save an account as a file, bring it back, and compare.

    \b
    Try:
      bodydouble snapshot save before.json
      bodydouble snapshot diff before.json
      bodydouble snapshot restore before.json
    """


@snapshot.command()
@click.argument("file", type=_FILE)
@click.option("--account", default="default", show_default=True, help="The account's id.")
@click.option("--files", is_flag=True, help="With the bytes of uploads.")
@click.option("--secrets", is_flag=True, help="With credentials, tokens and secret settings.")
@of_server
def save(file: Path, account: str, files: bool, secrets: bool, url: str, token: str | None) -> None:
    """Save an account as FILE, which is written as a whole or not at all."""
    document = read_snapshot(url, account, token, files=files, secrets=secrets)
    text = json.dumps(document, ensure_ascii=False, indent=1) + "\n"
    try:
        write_private(file, text)
    except OSError as error:
        raise CommandFailure(f"{file} cannot be written: {error.strerror}") from error


@snapshot.command()
@click.argument("file", type=_EXISTING_FILE)
@click.option("--account", help="The account's id; by default that of the snapshot.")
@of_server
def restore(file: Path, account: str | None, url: str, token: str | None) -> None:
    """Put FILE in the place of all that an account has.

    An account that the server does not have is created, with the seed of the snapshot's account.
    """
    document = _load(file)
    taken_of = document.get("account", {})
    account_id = account or str(taken_of.get("id", "default"))
    path = f"/_mock/accounts/{quote(account_id, safe='')}"
    status, _ = send("GET", url, path, token)
    if status == _NOT_FOUND:
        require_success(
            *send("POST", url, "/_mock/accounts", token, {"id": account_id, "seed": taken_of.get("seed", 0)})
        )
    require_success(*send("PUT", url, f"{path}/snapshot", token, document))


@snapshot.command()
@click.argument("before", type=_EXISTING_FILE)
@click.argument("after", type=_EXISTING_FILE, required=False)
@click.option("--account", help="The account's id, if AFTER is not given; by default that of the snapshot.")
@of_server
def diff(before: Path, after: Path | None, account: str | None, url: str, token: str | None) -> None:
    """Show what distinguishes two snapshots, or BEFORE and the account as it is now.

    Exit codes: 0 nothing, 1 something, 2 could not run.
    """
    from bodydouble.mock_server.services.snapshots.difference import differences

    first = _load(before)
    if after is not None:
        second = _load(after)
    else:
        with_secrets = "secrets" in first
        with_files = any("content" in upload for upload in first.get("uploads", ()))
        account_id = account or str(first.get("account", {}).get("id", "default"))
        second = read_snapshot(url, account_id, token, files=with_files, secrets=with_secrets)
    try:
        entries = list(differences(first, second))
    except (KeyError, TypeError) as error:
        raise CommandFailure("one of them is no snapshot") from error
    for difference in entries:
        click.echo(printable(_line(difference.kind, difference.place, difference.before, difference.after)))
    if entries:
        sys.exit(1)


def _line(kind: str, place: str, before: Any, after: Any) -> str:
    if kind == "changed":
        return f"{kind} {place}: {_shown(before)} -> {_shown(after)}"
    return f"{kind} {place}"


def _shown(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _MAX_SHOWN else f"{text[: _MAX_SHOWN - 3]}..."


def _load(file: Path) -> dict[str, Any]:
    try:
        document = json.loads(file.read_bytes())
    except (OSError, ValueError) as error:
        raise CommandFailure(f"{file} is no snapshot: {error}") from error
    if not isinstance(document, dict):
        raise CommandFailure(f"{file} is no snapshot: no JSON object")
    return document
