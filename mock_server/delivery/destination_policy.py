"""Where callbacks may go: to loopback, and to the hosts that the operator names. Evaluated on the resolved address."""

import functools
import ipaddress
import socket
import string
from collections.abc import Iterable
from urllib.parse import SplitResult, quote, urlsplit

from bodydouble.contracts.core.late_dataclass import dataclass

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
DEFAULT_PORTS = {"http": 80, "https": 443}
LOCALHOST = "localhost"
OWN_ADDRESS = "callbacks do not go to this mock server itself, whose control plane trusts what comes from this machine"
# The addresses of a name below localhost that no name server knows (RFC 6761).
LOOPBACK = ("127.0.0.1", "::1")
# How many URLs are remembered with their parts: callbacks go to the same few.
_MAX_PARTS = 128


class DestinationRejected(Exception):
    """A callback may not be sent to the URL; the message says why, and which option would allow it."""


@dataclass(frozen=True, slots=True)
class Destination:
    """Where a callback is sent.

    Attributes:
        scheme: `http` or `https`.
        addresses: the resolved addresses; the first one that takes the connection gets the callback.
        host: the host as the URL names it, for the Host header and for TLS.
        target: path and query.
    """

    scheme: str
    addresses: tuple[str, ...]
    port: int
    host: str
    authority: str
    target: str


@dataclass(frozen=True, slots=True)
class _Parts:
    """What a URL alone says of its destination.

    Attributes:
        address: the host, if it is one.
    """

    scheme: str
    host: str
    port: int
    authority: str
    target: str
    address: Address | None


class DestinationPolicy:
    """Decides about destinations.

    Args:
        hosts: allowed in addition to loopback: names, addresses, or networks such as `10.0.0.0/8`.
        own_port: on which this server listens: a callback could act there as the operator. None for nowhere.

    Raises:
        ValueError: a network is invalid.
    """

    def __init__(self, hosts: Iterable[str], own_port: int | None = None) -> None:
        self._own_port = own_port
        self._names: set[str] = set()
        self._networks: list[ipaddress.IPv4Network | ipaddress.IPv6Network] = []
        for host in hosts:
            try:
                self._networks.append(ipaddress.ip_network(host, strict=False))
            except ValueError:
                if "/" in host:
                    raise
                self._names.add(host.lower().rstrip("."))

    def objection(self, url: str) -> str | None:
        """Why a URL can be rejected without looking its name up, or None.

        For the time of a request, which must not wait for a name server; a destination that passes is evaluated
        again when the callback is sent.
        """
        try:
            parts = _parts(url)
        except DestinationRejected as error:
            return str(error)
        host, port, address = parts.host, parts.port, parts.address
        if address is None:
            if port == self._own_port and (host == LOCALHOST or host.endswith(f".{LOCALHOST}")):
                return OWN_ADDRESS
            if host in self._names or host == LOCALHOST or host.endswith(f".{LOCALHOST}"):
                return None
            return f"callbacks go to loopback only; --callback-host {host} would allow this host"
        if not self._allows(address):
            return self._rejection(address)
        return OWN_ADDRESS if self._is_own(address, port) else None

    def resolve(self, url: str) -> Destination:
        """Resolve a URL, and require that every address is allowed.

        Raises:
            DestinationRejected: the URL is unusable, its name is unknown, or an address of it is not allowed.
        """
        parts = _parts(url)
        host, port = parts.host, parts.port
        # Only the system knows the zone of an address.
        addresses = _look_up(host, port) if parts.address is None or "%" in host else [parts.address]
        if host not in self._names:
            for address in addresses:
                if not self._allows(address):
                    raise DestinationRejected(self._rejection(address))
        if any(self._is_own(address, port) for address in addresses):
            raise DestinationRejected(OWN_ADDRESS)
        return Destination(parts.scheme, tuple(map(str, addresses)), port, host, parts.authority, parts.target)

    def _allows(self, address: Address) -> bool:
        mapped = getattr(address, "ipv4_mapped", None) or address
        return bool(mapped.is_loopback) or any(mapped in network for network in self._networks)

    def _is_own(self, address: Address, port: int) -> bool:
        return port == self._own_port and _is_local(getattr(address, "ipv4_mapped", None) or address)

    @staticmethod
    def _rejection(address: Address) -> str:
        return f"callbacks go to loopback only; --callback-host {address} would allow this address"


@functools.lru_cache(_MAX_PARTS)
def _parts(url: str) -> _Parts:
    split = _split(url)
    host = (split.hostname or "").rstrip(".").lower()
    # Clients write addresses as they read them; what goes over the wire is ASCII.
    target = quote((split.path or "/") + (f"?{split.query}" if split.query else ""), safe=string.punctuation)
    authority = split.netloc.rpartition("@")[2]
    port = split.port or DEFAULT_PORTS[split.scheme]
    return _Parts(split.scheme, host, port, authority, target, _address(host))


def _split(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise DestinationRejected(f"not a usable URL: {error}") from error
    if parts.scheme not in DEFAULT_PORTS:
        raise DestinationRejected(f"not an http or https URL, but {parts.scheme or 'one without scheme'}")
    if not parts.hostname or port == 0:
        raise DestinationRejected("not a usable URL: it names no host, or port 0")
    return parts


def _address(host: str) -> Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def _is_local(address: Address) -> bool:
    if address.is_loopback:
        return True
    # Only addresses of this machine can be bound.
    family = socket.AF_INET if address.version == 4 else socket.AF_INET6
    with socket.socket(family, socket.SOCK_DGRAM) as probe:
        try:
            probe.bind((str(address), 0))
        except OSError:
            return False
    return True


def _look_up(host: str, port: int) -> list[Address]:
    try:
        entries = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        if host.endswith(f".{LOCALHOST}"):
            return [ipaddress.ip_address(address) for address in LOOPBACK]
        raise DestinationRejected(f"{host} cannot be resolved: {error}") from error
    # A name may stand in several places for the same address.
    texts = dict.fromkeys(str(entry[4][0]).partition("%")[0] for entry in entries)
    return [ipaddress.ip_address(text) for text in texts]
