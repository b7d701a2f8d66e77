"""Which certificates of callback receivers are trusted."""

import ipaddress
import ssl
import threading
from contextlib import suppress
from functools import cached_property
from pathlib import Path

from bodydouble.contracts.core.tls import Trust


class ReceiverTls:
    """Makes the TLS connections to receivers.

    Args:
        ca: PEM file of certificates that are trusted in addition to the system's, or None.
        insecure: whether receivers on loopback need no certificate that is trusted.
    """

    def __init__(self, ca: str | None = None, *, insecure: bool = False) -> None:
        self._ca = None if ca is None else Path(ca)
        self._insecure = insecure
        self._reading: threading.Thread | None = None

    def begin_reading(self) -> None:
        """Read the certificates in a thread, meanwhile: the system has hundreds."""
        self._reading = threading.Thread(target=self._read, name="certificates", daemon=True)
        self._reading.start()

    def _read(self) -> None:
        # Who needs them reads them again, and is told what is wrong.
        with suppress(OSError):
            self._verifying  # noqa: B018

    def require_usable(self) -> None:
        """Require that the certificates can be read.

        Raises:
            OSError: they cannot; the message names the file.
        """
        if self._reading is not None:
            self._reading.join()
        self._verifying  # noqa: B018

    def context_for(self, address: str) -> ssl.SSLContext:
        """What makes a connection to an address."""
        unverified = self._insecure and ipaddress.ip_address(address).is_loopback
        return self._unverifying if unverified else self._verifying

    @cached_property
    def _verifying(self) -> ssl.SSLContext:
        return Trust(self._ca).context()

    @cached_property
    def _unverifying(self) -> ssl.SSLContext:
        return Trust(self._ca, verify=False).context()
