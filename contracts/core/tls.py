"""Which certificates are trusted, the same for every command, and what is wrong with one in words."""

import os
import ssl
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bodydouble.contracts.core.late_dataclass import dataclass

# Variables of the environment that name certificates, in addition to SSL_CERT_FILE and SSL_CERT_DIR.
_BUNDLES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")


@dataclass(frozen=True, slots=True)
class Trust:
    """Which certificates are trusted.

    Attributes:
        ca: PEM file of certificates that are trusted in addition to the system's.
        verify: whether certificates are looked at.
    """

    ca: Path | None = None
    verify: bool = True

    def context(self) -> ssl.SSLContext:
        """What makes TLS connections.

        The system's certificates are those that SSL_CERT_FILE and SSL_CERT_DIR name, if they are set; those of
        REQUESTS_CA_BUNDLE and CURL_CA_BUNDLE are trusted, too.

        Raises:
            OSError: a file of certificates cannot be read, or holds none; the message names it.
        """
        context = ssl.create_default_context()
        for path in (self.ca, *(Path(os.environ[name]) for name in _BUNDLES if os.environ.get(name))):
            if path is not None:
                _load(context, path)
        if not self.verify:
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
            # Libraries would say with each request what the user has chosen.
            warnings.filterwarnings("ignore", message="Unverified HTTPS request")
        return context


SYSTEM_TRUST = Trust()


def pool_options(trust: Trust) -> dict[str, Any]:
    """The same for a pool of urllib3's, which would otherwise verify all the same."""
    context = trust.context()
    return {"ssl_context": context, "cert_reqs": context.verify_mode}


def _load(context: ssl.SSLContext, path: Path) -> None:
    try:
        context.load_verify_locations(capath=path) if path.is_dir() else context.load_verify_locations(path)
    except OSError as error:
        raise OSError(f"{path} has no certificates in PEM: {error.strerror or error}") from error


def certificate_problem(error: BaseException) -> str | None:
    """What is wrong with the TLS of the other side, if an error comes from that."""
    for cause in _causes(error):
        if isinstance(cause, ssl.SSLCertVerificationError):
            return f"its certificate is not trusted: {cause.verify_message.rstrip('.')}"
        if isinstance(cause, ssl.SSLError):
            reason = str(cause.reason or cause).replace("_", " ").lower()
            return f"it does not speak TLS as expected: {reason}"
    return None


def _causes(error: BaseException) -> Iterator[BaseException]:
    waiting, seen = [error], set()
    while waiting:
        cause = waiting.pop(0)
        if id(cause) in seen:
            continue
        seen.add(id(cause))
        yield cause
        inner = (cause.__cause__, cause.__context__, getattr(cause, "reason", None), *cause.args)
        waiting += [following for following in inner if isinstance(following, BaseException)]
