"""The schemes that sign whole requests, by the names that `x-signature` gives them, and what each of them can do."""

from collections.abc import Mapping
from typing import Protocol

from bodydouble.contracts.core.wire import WireRequest
from bodydouble.contracts.signatures import acs3_hmac_sha256, rpc_hmac_sha1, sdk_hmac_sha256


class RequestScheme(Protocol):
    """What the module of a scheme offers.

    Attributes:
        CREDENTIALS: what it signs with, by the names that the control plane shows.
    """

    @property
    def CREDENTIALS(self) -> tuple[str, ...]:
        """A module's constant, which nothing may change."""

    def sign_request(self, request: WireRequest, credentials: Mapping[str, str]) -> WireRequest:
        """The request, signed now, as the vendor's own client does it.

        Args:
            request: with the header host.
            credentials: by the names that the control plane shows.
        """

    def verify_request(self, request: WireRequest, secret: str) -> bool:
        """Whether a request's signature is the right one, compared in constant time. Says nothing about its age.

        Raises:
            ValueError: the request carries no signature of this scheme.
        """

    def key_id(self, request: WireRequest) -> str:
        """Whose key a request says that it is signed with.

        Raises:
            ValueError: the request carries no signature of this scheme.
        """


REQUEST_SCHEMES: Mapping[str, RequestScheme] = {
    "acs3-hmac-sha256": acs3_hmac_sha256,
    "rpc-hmac-sha1": rpc_hmac_sha1,
    "sdk-hmac-sha256": sdk_hmac_sha256,
}
