"""Who may see the pages, and which forms are ours: one cookie, signed with a key that follows from the control token.

A session's CSRF token follows from its cookie. So every worker and every replica knows it, and a restart ends no
session.
"""

import hashlib
import hmac
import secrets
from dataclasses import dataclass

from itsdangerous import BadSignature, TimestampSigner

# Seconds for which a session lasts.
SESSION_LIFE = 12 * 3600


@dataclass(frozen=True, slots=True)
class Session:
    """One browser's session.

    Attributes:
        id: random.
        cookie: the signed id.
    """

    id: str
    cookie: str

    @property
    def csrf_token(self) -> str:
        """What a form of this session carries."""
        return hashlib.sha256(f"csrf {self.cookie}".encode()).hexdigest()[:32]

    def owns(self, csrf_token: str) -> bool:
        """Whether a form comes from a page of this session."""
        return hmac.compare_digest(self.csrf_token.encode(), csrf_token.encode("utf-8", "surrogateescape"))


class Sessions:
    """Opens and begins sessions.

    Args:
        control_token: that begins a session; None where everybody who reaches the server may see the pages.
        port: of the server: browsers send cookies to all ports of a host.
    """

    def __init__(self, control_token: str | None, port: int | None) -> None:
        self._token = control_token
        self.key = hashlib.sha256(f"pages {control_token or ''}".encode()).digest()
        self._signer = TimestampSigner(self.key, salt="session", digest_method=hashlib.sha256)
        self.cookie_name = f"bodydouble_{port}" if port else "bodydouble"

    @property
    def needs_login(self) -> bool:
        """Whether a session begins with the control token."""
        return self._token is not None

    def begin(self) -> Session:
        """A new session."""
        identifier = secrets.token_urlsafe(16)
        return Session(identifier, self._signer.sign(identifier).decode())

    def open(self, cookie: str | None) -> Session | None:
        """The session of a cookie; None if it is none of ours, or too old."""
        if cookie is None:
            return None
        try:
            return Session(self._signer.unsign(cookie, max_age=SESSION_LIFE).decode(), cookie)
        except BadSignature:
            return None

    def accepts(self, token: str) -> bool:
        """Whether a text is the control token."""
        expected = (self._token or "").encode()
        return self.needs_login and hmac.compare_digest(expected, token.encode("utf-8", "surrogateescape"))
