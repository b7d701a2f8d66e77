"""`mss-a`: a callback whose URL carries a keyed digest of itself and of the time.

The formula is the vendor document's (line 2118); its details follow the test vector of a sibling of the same scheme
(PyPI huaweicloudsdkmetastudio 3.1.219, model CustomPlatformAuthConfig, field key). The body is not covered.
"""

import hashlib
import hmac
import re

SECRET, TIMESTAMP = "secret", "time_stamp"
# "valid for 1 minute" (the sibling's description), in seconds.
WINDOW = 60
_HEXADECIMAL = re.compile(r"[0-9a-f]{1,16}")


def timestamp_text(seconds: int) -> str:
    """A time, in Unix seconds, as the URL carries it: lower-case hexadecimal without prefix and padding."""
    return format(seconds, "x")


def signed_text(url: str, timestamp: str) -> str:
    """The text that is signed.

    Host, port (as written), path and query of the URL, the query's raw pairs sorted by name; no scheme, no fragment, no
    user; directly followed by the time.
    """
    address, _, query = url.partition("#")[0].partition("?")
    authority, slash, path = address.partition("://")[2].partition("/")
    pairs = sorted((pair for pair in query.split("&") if pair), key=lambda pair: pair.partition("=")[0])
    return authority.rpartition("@")[2] + slash + path + ("?" if pairs else "") + "&".join(pairs) + timestamp


def sign(url: str, key: str, timestamp: str) -> str:
    """The secret that a callback to a URL carries.

    Args:
        url: as the client named it.
        key: the client's; used as UTF-8 text.
        timestamp: see `timestamp_text`.
    """
    return hmac.new(key.encode(), signed_text(url, timestamp).encode(), hashlib.sha256).hexdigest()


def verify(url: str, key: str, now: int, window: int = WINDOW) -> bool:
    """Whether a callback is genuine and fresh; for receivers.

    Args:
        url: the receiver's public URL with the query with which it was called, `secret` and `time_stamp` in it.
        key: that came with the URL.
        now: Unix seconds.
        window: seconds that the time may be off, either way.
    """
    address, _, query = url.partition("#")[0].partition("?")
    others: list[str] = []
    values: dict[str, list[str]] = {SECRET: [], TIMESTAMP: []}
    for pair in query.split("&"):
        name, _, value = pair.partition("=")
        if name in values:
            values[name].append(value)
        else:
            others.append(pair)
    if len(values[SECRET]) != 1 or len(values[TIMESTAMP]) != 1:
        return False
    timestamp = values[TIMESTAMP][0]
    if not _HEXADECIMAL.fullmatch(timestamp) or abs(now - int(timestamp, 16)) > window:
        return False
    expected = sign(f"{address}?{'&'.join(others)}", key, timestamp)
    return hmac.compare_digest(expected.encode(), values[SECRET][0].encode("utf-8", "surrogateescape"))
