"""Options that are addresses: the server's own, and those of web pages."""

import re
from urllib.parse import urlsplit

import click

from bodydouble.mock_server.settings import ANY_ORIGIN

_SCHEMES = ("http", "https")
_PATH = re.compile(r"(/[A-Za-z0-9._~!$&'()*+;=:@%-]+)*")
_HOST = re.compile(r"[A-Za-z0-9._-]+(:[0-9]{1,5})?|\[[0-9A-Fa-f:.]+\](:[0-9]{1,5})?")


def base_url(context: click.Context, parameter: click.Parameter, text: str | None) -> str | None:
    """Validate the address of a server; a slash at its end is dropped.

    Raises:
        click.BadParameter: it is no `http` or `https` URL of scheme, host, port and path.
    """
    if text is None:
        return None
    scheme, _, rest = text.strip().partition("://")
    host, slash, path = rest.partition("/")
    path = (slash + path).rstrip("/")
    if scheme.lower() not in _SCHEMES or not _usable_host(host) or not _PATH.fullmatch(path):
        raise click.BadParameter(f"{text}: must be like https://mock.example/prefix, without query and fragment")
    return f"{scheme.lower()}://{host}{path}"


def origins(context: click.Context, parameter: click.Parameter, texts: tuple[str, ...]) -> tuple[str, ...]:
    """Validate origins of web pages, and write them as browsers do.

    Raises:
        click.BadParameter: one of them is neither an origin nor `*`.
    """
    return tuple(_origin(text) for text in texts)


def _origin(text: str) -> str:
    if text in (ANY_ORIGIN, "null"):
        return text
    scheme, separator, host = text.lower().rstrip("/").partition("://")
    # Applications with a browser inside have schemes of their own.
    if not separator or not re.fullmatch(r"[a-z][a-z0-9+.-]*", scheme) or not _usable_host(host):
        raise click.BadParameter(f"{text}: must be {ANY_ORIGIN} or like http://localhost:3000, without a path")
    default = {"http": ":80", "https": ":443"}.get(scheme)
    return f"{scheme}://{host.removesuffix(default) if default else host}"


def _usable_host(host: str) -> bool:
    if _HOST.fullmatch(host) is None:
        return False
    try:
        return urlsplit(f"http://{host}").port != 0
    except ValueError:
        return False
