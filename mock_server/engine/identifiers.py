"""Identifiers and other arbitrary values that are the same for the same seed and the same calls."""

import hashlib
import uuid


def _digest(*parts: str | int) -> bytes:
    return hashlib.blake2b("\x00".join(map(str, parts)).encode(), digest_size=32).digest()


def hexadecimal(length: int, *parts: str | int) -> str:
    """A text of up to 64 lower-case hexadecimal digits."""
    return _digest(*parts).hex()[:length]


def seeded_uuid(*parts: str | int) -> str:
    """A text of the form of a random UUID."""
    return str(uuid.UUID(bytes=_digest(*parts)[:16], version=4))


def number(below: int, *parts: str | int) -> int:
    """An integer from 0 to below a bound."""
    return int.from_bytes(_digest(*parts)[:8]) % below
