"""What the two request signatures of Alibaba Cloud have in common: encoding, dates, and signing now."""

import secrets
import time
from collections.abc import Callable, Mapping
from typing import Protocol
from urllib.parse import quote

from bodydouble.contracts.core import clock
from bodydouble.contracts.core.wire import WireRequest

ACCESS_KEY = ("access_key_id", "access_key_secret")


class Sign(Protocol):
    """Signs a request with an access key."""

    def __call__(self, request: WireRequest, access_key_id: str, secret: str, *, date: str, nonce: str) -> WireRequest:
        """The signed request."""


def signing_now(sign: Sign) -> Callable[[WireRequest, Mapping[str, str]], WireRequest]:
    """A function that signs requests at the time of the call, as the vendor's own client does.

    It takes a request and the credentials `access_key_id` and `access_key_secret`.
    """

    def sign_request(request: WireRequest, credentials: Mapping[str, str]) -> WireRequest:
        return sign(
            request,
            *(credentials[name] for name in ACCESS_KEY),
            date=date_text(clock.now()),
            nonce=secrets.token_hex(16),
        )

    return sign_request


def date_text(seconds: float) -> str:
    """A time, in Unix seconds, as the vendor's signatures carry it: UTC, without fractions."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))


def percent_encoded(text: str) -> str:
    """RFC 3986 encoding of everything but letters, digits and `-_.~`."""
    return quote(text, safe="-_.~")
