"""The proxy that the environment names for other hosts: HTTP_PROXY, HTTPS_PROXY, ALL_PROXY, NO_PROXY."""

import ipaddress
import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import SplitResult, unquote, urlsplit
from urllib.request import getproxies

import urllib3

_DEFAULT_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class CompanyProxy:
    """A proxy on the way to an endpoint.

    Attributes:
        url: without user name and password.
        headers: with which a request identifies its user at the proxy.
    """

    url: str
    headers: Mapping[str, str]


def company_proxy(scheme: str, host: str, port: int | None, own_address: str = "") -> CompanyProxy | None:
    """The proxy that the environment names for an endpoint; None if there is none.

    Args:
        own_address: `HOST:PORT` of the program that asks, which is no proxy on its own way.

    Raises:
        ValueError: it is not a proxy of http or https.
    """
    settings = getproxies()
    text = settings.get(scheme) or settings.get("all") or ""
    if not text or is_excepted(settings.get("no", ""), host, port or _DEFAULT_PORTS[scheme]):
        return None
    url = urlsplit(text if "://" in text else f"http://{text}")
    if url.scheme not in _DEFAULT_PORTS or not url.hostname:
        shown = _without_user(url).geturl()
        raise ValueError(
            f"the environment's proxy {shown} is no proxy of http or https; NO_PROXY excepts hosts from it"
        )
    if own_address in (f"{url.hostname}:{url.port}", f"{_loopback(url.hostname)}:{url.port}"):
        return None
    return CompanyProxy(_without_user(url).geturl(), _authorization(url))


def is_excepted(exceptions: str, host: str, port: int) -> bool:
    """Whether `NO_PROXY` excepts a host: by its name or that of a domain above it, by address, network, or `*`.

    Args:
        exceptions: separated by commas or spaces; each may end with a port.
    """
    return any(_excepts(entry.lower(), host.lower(), port) for entry in re.split(r"[,\s]+", exceptions) if entry)


def _excepts(entry: str, host: str, port: int) -> bool:
    with_port = re.fullmatch(r"(?P<name>[^:]+|\[.*\]):(?P<port>[0-9]+)", entry)
    if with_port is not None:
        return int(with_port["port"]) == port and _excepts(with_port["name"], host, port)
    name = entry.strip("[]")
    try:
        return ipaddress.ip_address(host) in ipaddress.ip_network(name, strict=False)
    except ValueError:
        # No addresses: names.
        domain = name.removeprefix("*").removeprefix(".")
        return name == "*" or (domain != "" and (host == domain or host.endswith(f".{domain}")))


def _loopback(host: str) -> str:
    return "127.0.0.1" if host == "localhost" else host


def _without_user(url: SplitResult) -> SplitResult:
    return url._replace(netloc=url.netloc.rpartition("@")[2])


def _authorization(url: SplitResult) -> dict[str, str]:
    if url.username is None:
        return {}
    return dict(urllib3.make_headers(proxy_basic_auth=f"{unquote(url.username)}:{unquote(url.password or '')}"))
