"""`bodydouble snapshot`."""

import json
import os
import sys
import tempfile
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import quote, urlencode

import click

from bodydouble.contracts.core.printable import printable
from bodydouble.mock_server.cli.addresses import base_url

_URL = "http://127.0.0.1:8080"
# Seconds that a request may take: an account may have a hundred thousand tasks.
_TIMEOUT = 300.0
# How much of a value is shown.
_MAX_SHOWN = 100
_FILE = click.Path(dir_okay=False, path_type=Path)
_EXISTING_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_OK, _NOT_FOUND, _REDIRECT = 200, 404, 300
Command = TypeVar("Command", bound=Callable[..., Any])


class _Failure(click.ClickException):
    """The command could not run. Exit code 1 is taken by differences."""

    exit_code = 2


@click.group()
def snapshot() -> None:
    """Save an account as a file, bring it back, and compare.

    \b
    Try:
      bodydouble snapshot save before.json
      bodydouble snapshot diff before.json
      bodydouble snapshot restore before.json
    """


def _of_server(command: Command) -> Command:
    command = click.option(
        "--token",
        envvar="BODYDOUBLE_CONTROL_TOKEN",
        metavar="TOKEN",
        help="The control token, if the server has one; also BODYDOUBLE_CONTROL_TOKEN.",
    )(command)
    return click.option("--url", default=_URL, show_default=True, callback=base_url, help="The server's address.")(
        command
    )


@snapshot.command()
@click.argument("file", type=_FILE)
@click.option("--account", default="default", show_default=True, help="The account's id.")
@click.option("--files", is_flag=True, help="With the bytes of uploads.")
@click.option("--secrets", is_flag=True, help="With credentials, tokens and secret settings.")
@_of_server
def save(file: Path, account: str, files: bool, secrets: bool, url: str, token: str | None) -> None:
    """Save an account as FILE, which is written as a whole or not at all."""
    document = _read(url, account, token, files=files, secrets=secrets)
    text = json.dumps(document, ensure_ascii=False, indent=1) + "\n"
    try:
        _write(file, text)
    except OSError as error:
        raise _Failure(f"{file} cannot be written: {error.strerror}") from error


@snapshot.command()
@click.argument("file", type=_EXISTING_FILE)
@click.option("--account", help="The account's id; by default that of the snapshot.")
@_of_server
def restore(file: Path, account: str | None, url: str, token: str | None) -> None:
    """Put FILE in the place of all that an account has.

    An account that the server does not have is created, with the seed of the snapshot's account.
    """
    document = _load(file)
    taken_of = document.get("account", {})
    account_id = account or str(taken_of.get("id", "default"))
    path = f"/_mock/accounts/{quote(account_id, safe='')}"
    status, _ = _send("GET", url, path, token)
    if status == _NOT_FOUND:
        _require(*_send("POST", url, "/_mock/accounts", token, {"id": account_id, "seed": taken_of.get("seed", 0)}))
    _require(*_send("PUT", url, f"{path}/snapshot", token, document))


@snapshot.command()
@click.argument("before", type=_EXISTING_FILE)
@click.argument("after", type=_EXISTING_FILE, required=False)
@click.option("--account", help="The account's id, if AFTER is not given; by default that of the snapshot.")
@_of_server
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
        second = _read(url, account_id, token, files=with_files, secrets=with_secrets)
    try:
        entries = list(differences(first, second))
    except (KeyError, TypeError) as error:
        raise _Failure("one of them is no snapshot") from error
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
        raise _Failure(f"{file} is no snapshot: {error}") from error
    if not isinstance(document, dict):
        raise _Failure(f"{file} is no snapshot: no JSON object")
    return document


def _write(file: Path, text: str) -> None:
    # A snapshot may have secrets: only its owner reads it.
    descriptor, temporary = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}.")
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
            stream.write(text)
        Path(temporary).replace(file)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def _read(url: str, account: str, token: str | None, *, files: bool, secrets: bool) -> dict[str, Any]:
    query = {name: "true" for name, is_asked in (("files", files), ("secrets", secrets)) if is_asked}
    path = f"/_mock/accounts/{quote(account, safe='')}/snapshot?{urlencode(query)}"
    document: dict[str, Any] = json.loads(_require(*_send("GET", url, path.rstrip("?"), token)))
    return document


def _require(status: int, body: bytes) -> bytes:
    if _OK <= status < _REDIRECT:
        return body
    try:
        message = str(json.loads(body)["message"])
    except (ValueError, KeyError, TypeError):
        message = body.decode(errors="replace")[:_MAX_SHOWN]
    raise _Failure(printable(f"the server responds with {status}: {message}"))


def _send(method: str, url: str, path: str, token: str | None, content: Any = None) -> tuple[int, bytes]:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    data = None
    if content is not None:
        data, headers["Content-Type"] = json.dumps(content).encode(), "application/json"
    request = urllib.request.Request(f"{url}{path}", data, headers, method=method)
    # No proxy of the environment: the server is near.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(request, timeout=_TIMEOUT) as response:
            return response.status, response.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()
    except (OSError, ValueError) as error:
        raise _Failure(f"{url} cannot be reached: {getattr(error, 'reason', error)}") from error
