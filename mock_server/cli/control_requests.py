"""Requests of commands to the control plane of a running server, and files of what it says."""

import json
import os
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
# How much of a body that is not the server's own is shown.
_MAX_SHOWN = 100
_OK, _REDIRECT = 200, 300
Command = TypeVar("Command", bound=Callable[..., Any])


class CommandFailure(click.ClickException):
    """The command could not run. Exit code 1 is taken by findings, such as differences."""

    exit_code = 2


def of_server(command: Command) -> Command:
    """Give a command the options `--url` and `--token`."""
    command = click.option(
        "--token",
        envvar="BODYDOUBLE_CONTROL_TOKEN",
        metavar="TOKEN",
        help="The control token, if the server has one; also BODYDOUBLE_CONTROL_TOKEN.",
    )(command)
    return click.option("--url", default=_URL, show_default=True, callback=base_url, help="The server's address.")(
        command
    )


def read_snapshot(url: str, account: str, token: str | None, *, files: bool, secrets: bool) -> dict[str, Any]:
    """The snapshot of an account of a server.

    Raises:
        CommandFailure: the server cannot be reached, or has no such account.
    """
    query = {name: "true" for name, is_asked in (("files", files), ("secrets", secrets)) if is_asked}
    path = f"/_mock/accounts/{quote(account, safe='')}/snapshot?{urlencode(query)}"
    body = require_success(*send("GET", url, path.rstrip("?"), token))
    try:
        document: dict[str, Any] = json.loads(body)
        if document["format"]:
            return document
    except (ValueError, KeyError, TypeError):
        pass
    raise CommandFailure(f"what responds at {url} is no Bodydouble")


def require_success(status: int, body: bytes) -> bytes:
    """The body of a success.

    Raises:
        CommandFailure: it is none; the message is the server's.
    """
    if _OK <= status < _REDIRECT:
        return body
    try:
        message = str(json.loads(body)["message"])
    except (ValueError, KeyError, TypeError):
        message = body.decode(errors="replace")[:_MAX_SHOWN]
    raise CommandFailure(printable(f"the server responds with {status}: {message}"))


def send(method: str, url: str, path: str, token: str | None, content: Any = None) -> tuple[int, bytes]:
    """Send a request to the control plane; status and body of the response.

    Raises:
        CommandFailure: there is none.
    """
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
        raise CommandFailure(f"{url} cannot be reached: {getattr(error, 'reason', error)}") from error


def write_private(file: Path, text: str) -> None:
    """Write a file as a whole or not at all. It may have secrets: only its owner reads it."""
    descriptor, temporary = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}.")
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
            stream.write(text)
        Path(temporary).replace(file)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
