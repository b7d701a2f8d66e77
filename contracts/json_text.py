"""Reading JSON text from strangers: strict, exact and bounded; and writing it."""

import json
import math
import re
from collections.abc import Iterator
from typing import Any

import orjson

from contracts.pointers import pointer

# orjson turns integers beyond 64 bits into floats, which would lose digits silently.
_MAYBE_BEYOND_64_BITS = re.compile(rb"[0-9]{19}")
# No vendor nests deeper than a handful; the compiled validators and the writer of JSON give up at 254.
DEEPEST = 128


class JsonTextError(ValueError):
    """The text is not acceptable JSON.

    Attributes:
        rule: `encoding`, `json` or `depth`, or `number` for one that is too large for a double.
        pointer: where, as far as known.
        expected: what is asked for, in words.
    """

    def __init__(self, rule: str, expected: str, where: str = "") -> None:
        super().__init__(f"{where or 'text'}: {rule}: expected {expected}")
        self.rule, self.expected, self.pointer = rule, expected, where


def parse(text: bytes | str) -> Any:
    """Parse JSON text.

    Refuses what is not JSON (NaN, Infinity, lone surrogates, trailing text), text that is not UTF-8, nesting deeper
    than `DEEPEST`, and numbers too large for a double (1e400, or an integer of 400 digits). Integers are exact whatever
    their size: how large one may be is for the schema of its place to say.

    Raises:
        JsonTextError: saying which of these it is.
    """
    raw = text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text
    try:
        value = orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        raise _reason(raw, error) from None
    if raw.count(b"[") + raw.count(b"{") > DEEPEST and _depth(value) > DEEPEST:
        raise _too_deep()
    return json.loads(raw) if _MAYBE_BEYOND_64_BITS.search(raw) else value


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
    if "infinity" in error.msg:
        return JsonTextError("number", "a number that fits into a double", _place_of_infinity(raw))
    if not raw.strip():
        return JsonTextError("json", "JSON text, not an empty one")
    return JsonTextError("json", f"JSON text ({error.msg} at line {error.lineno} column {error.colno})")


def _too_deep() -> JsonTextError:
    return JsonTextError("depth", f"at most {DEEPEST} nested arrays and objects")


def _depth(value: Any) -> int:
    # Level by level instead of recursively: the interpreter's stack is not deep enough for what the parser takes.
    depth, level = 0, [value]
    while level := [one for one in level if isinstance(one, dict | list)]:
        depth += 1
        level = [item for one in level for item in (one.values() if isinstance(one, dict) else one)]
    return depth


def _place_of_infinity(raw: bytes) -> str:
    # The parser has given up at the number; another one, which takes it, leads to its field.
    try:
        return next((pointer(path) for path, number in _numbers(json.loads(raw), ()) if _is_infinite(number)), "")
    except (ValueError, RecursionError):
        return ""


def _numbers(value: Any, path: tuple[str | int, ...]) -> Iterator[tuple[tuple[str | int, ...], float]]:
    if isinstance(value, (int, float)):
        yield path, value
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from _numbers(item, (*path, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _numbers(item, (*path, index))


def _is_infinite(number: float) -> bool:
    try:
        return math.isinf(number)
    except OverflowError:
        return True
