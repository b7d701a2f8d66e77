"""Reading JSON text from strangers: strict, exact and bounded"""

import json
import math
import re
from typing import Any

import orjson

# orjson turns integers beyond 64 bits into the nearest doubles, the first of which are within 64 bits.
_MAYBE_BEYOND_64_BITS = re.compile(rb"[0-9]{19}")
_SMALLEST, _LARGEST = -(2**63), 2**64 - 1


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
    within 64 bits are exact; others become doubles beyond 64 bits, which any bound of a schema refuses, and which, in
    fields that no schema knows, can be stored and repeated like any number.

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
        return json.loads(raw, parse_int=_integer_or_double)
    except RecursionError:
        raise _too_deep() from None


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
    if not raw.strip():
        return JsonTextError("json", "JSON text, not an empty one")
    return JsonTextError("json", f"JSON text ({error.msg} at line {error.lineno} column {error.colno})")


def _too_deep() -> JsonTextError:
    return JsonTextError("depth", "at most 1024 nested arrays and objects")
