"""`md5-template`: the MD5 of a text that is put together from named parts, in lower-case hexadecimal."""

import hashlib
import hmac
from collections.abc import Mapping


def sign(content: str, parts: Mapping[str, str]) -> str:
    """Compute the signature.

    Args:
        content: the template, such as `{appId}{timestamp}{secret}`.
        parts: a value for each name in the template.

    Raises:
        KeyError: a part is missing.
    """
    return hashlib.md5(content.format_map(parts).encode(), usedforsecurity=False).hexdigest()


def verify(content: str, parts: Mapping[str, str], signature: str) -> bool:
    """Whether a signature is the right one, compared in constant time."""
    return hmac.compare_digest(sign(content, parts).encode(), signature.encode("utf-8", "surrogateescape"))
