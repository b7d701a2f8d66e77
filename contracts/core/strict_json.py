"""Reading JSON text from strangers: strict, exact and bounded."""

import json
import math
import re
from collections.abc import Iterator
from typing import Any

import orjson

from bodydouble.contracts.core.json_pointer import pointer

# orjson turns integers beyond 64 bits into the nearest doubles, the first of which are within 64 bits.
_MAYBE_BEYOND_64_BITS = re.compile(rb"[1-9][0-9]{18}")
_SMALLEST, _LARGEST = -(2**63), 2**64 - 1
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
    than `DEEPEST`, and numbers too large for a double (1e400, or an integer of 400 digits). Integers within 64 bits are
    exact; others become doubles beyond 64 bits, which any bound of a schema refuses, and which, in fields that no
    schema knows, can be stored and repeated like any number.

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
    return json.loads(raw, parse_int=_integer_or_double) if _MAYBE_BEYOND_64_BITS.search(raw) else value


def _integer_or_double(digits: str) -> int | float:
    number = int(digits)
    if _SMALLEST <= number <= _LARGEST:
        return number
    double = float(number)
    return double if not _SMALLEST <= double <= _LARGEST else math.nextafter(double, math.copysign(math.inf, double))


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
