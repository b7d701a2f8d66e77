"""Which certificate a client has to trust for this server: lines to paste say so, where the system's do not do."""

import ssl
from functools import lru_cache
from pathlib import Path
from urllib.parse import urlsplit

from bodydouble.contracts.core.tls import SYSTEM_TRUST, Trust
from bodydouble.mock_server.settings import Settings

# More messages than any handshake has.
_MAX_ROUNDS = 10


def server_trust(settings: Settings, base_url: str) -> Trust:
    """What a client on this machine has to trust.

    That is nothing of its own for HTTP, for TLS that another program speaks, and for a certificate that the system
    trusts; or the server's own certificate; or, where that is not valid for the host or for today, anything.

    Args:
        base_url: under which the client reaches the server.
    """
    certificate, key, address = settings.tls_cert, settings.tls_key, urlsplit(base_url)
    if certificate is None or key is None or address.scheme != "https":
        return SYSTEM_TRUST
    path = Path(certificate).resolve()
    try:
        return _tried(path, Path(key), address.hostname or "", path.stat().st_mtime_ns)
    except OSError:
        # The files are gone: the server goes on with what it has read.
        return SYSTEM_TRUST


@lru_cache(maxsize=32)
def _tried(certificate: Path, key: Path, host: str, _changed_at: int) -> Trust:
    for trust in (SYSTEM_TRUST, Trust(certificate)):
        if _is_accepted(trust.context(), certificate, key, host):
            return trust
    return Trust(verify=False)


def _is_accepted(trusting: ssl.SSLContext, certificate: Path, key: Path, host: str) -> bool:
    """Whether a client accepts a server's certificate: by a handshake of the two in memory."""
    serving = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    serving.load_cert_chain(certificate, key)
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    client = trusting.wrap_bio(to_client, to_server, server_hostname=host)
    server = serving.wrap_bio(to_server, to_client, server_side=True)
    try:
        return any(all([_stepped(client), _stepped(server)]) for _ in range(_MAX_ROUNDS))
    except ssl.SSLError:
        return False


def _stepped(side: ssl.SSLObject) -> bool:
    """Whether a side of a handshake is done, after what the other one has sent."""
    try:
        side.do_handshake()
    except ssl.SSLWantReadError:
        return False
    return True
