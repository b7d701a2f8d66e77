"""Reading JSON text from strangers: strict, exact and bounded; and writing it."""

import json
import re
from typing import Any

import orjson

# orjson turns integers beyond 64 bits into floats, which would lose digits silently.
_MAYBE_BEYOND_64_BITS = re.compile(rb"[0-9]{19}")


class JsonTextError(ValueError):
    """The text is not acceptable JSON.

    Attributes:
        rule: `encoding`, `json` or `depth`.
        expected: what is asked for, in words.
    """

    def __init__(self, rule: str, expected: str) -> None:
        super().__init__(f"{rule}: expected {expected}")
        self.rule, self.expected = rule, expected


def parse(text: bytes | str) -> Any:
    """Parse JSON text.

    Refuses what is not JSON (NaN, Infinity, lone surrogates, trailing text), text that is not UTF-8, nesting deeper
    than the parser's limit (1,024), and numbers too large for a double (1e400, or an integer of 400 digits). Integers
    are exact whatever their size: how large one may be is for the schema of its place to say.

    Raises:
        JsonTextError: saying which of these it is.
    """
    raw = text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text
    try:
        value = orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        raise _reason(raw, error) from None
    if not _MAYBE_BEYOND_64_BITS.search(raw):
        return value
    try:
        return json.loads(raw)
    except RecursionError:
        raise _too_deep() from None


def write(value: Any) -> bytes:
    """Write JSON text in UTF-8."""
    try:
        return orjson.dumps(value)
    except TypeError:
        # orjson refuses integers beyond 64 bits, which a client may have given and an answer may repeat.
        return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def _reason(raw: bytes, error: orjson.JSONDecodeError) -> JsonTextError:
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError as decoding:
        return JsonTextError("encoding", f"UTF-8 text (byte {decoding.start} is not)")
    # One release of orjson says "recursion limit reached", another "depth limit exceeded".
    if "limit" in error.msg:
        return _too_deep()
    if not raw.strip():
        return JsonTextError("json", "JSON text, not an empty one")
    return JsonTextError("json", f"JSON text ({error.msg} at line {error.lineno} column {error.colno})")


def _too_deep() -> JsonTextError:
    return JsonTextError("depth", "at most 1024 nested arrays and objects")
