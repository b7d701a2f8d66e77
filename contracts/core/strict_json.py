"""Parsing untrusted JSON text: strict, exact and bounded."""

import json
import math
import re
from collections import Counter
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

import orjson

from bodydouble.contracts.core.json_mutations import leaves, nodes
from bodydouble.contracts.core.json_pointer import Path, pointer

# orjson turns integers beyond 64 bits into the nearest doubles, the first of which are within 64 bits.
_MAYBE_BEYOND_64_BITS = re.compile(rb"[1-9][0-9]{18}")
_NO_BRACKETS = bytes(set(range(256)) - set(b"[]{}"))
_ONE_KIND = bytes.maketrans(b"[]{}", b"()()")
_SMALLEST, _LARGEST = -(2**63), 2**64 - 1
# No vendor nests deeper than a handful; the compiled validators and the writer of JSON give up at 254.
MAX_DEPTH = 128


class JsonTextError(ValueError):
    """The text is not acceptable JSON.

    Attributes:
        rule: `encoding`, `json` or `depth`, or `number` for a number that is too large for a double.
        pointer: where, as far as known.
        expected: what is acceptable, in words.
    """

    def __init__(self, rule: str, expected: str, where: str = "") -> None:
        super().__init__(f"{where or 'text'}: {rule}: expected {expected}")
        self.rule, self.expected, self.pointer = rule, expected, where


def parse(text: bytes | str) -> Any:
    """Parse JSON text.

    Rejects what is not JSON (NaN, Infinity, lone surrogates, trailing text), text that is not UTF-8, nesting deeper
    than `MAX_DEPTH`, and numbers too large for a double (1e400, or an integer of 400 digits). Integers within 64 bits
    are exact; others become doubles beyond 64 bits, which any bound of a schema rejects, and which, in fields that no
    schema describes, can be stored and repeated like any number.

    Raises:
        JsonTextError: saying which of these it is.
    """
    raw = text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text
    try:
        value = orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        raise _reason(raw, error) from None
    may_be_deep = raw.count(b"[") + raw.count(b"{") > MAX_DEPTH
    may_be_large = _MAYBE_BEYOND_64_BITS.search(raw) is not None
    if may_be_deep or may_be_large:
        structure = _outside_strings(raw)
        if may_be_deep and _is_too_deep(structure):
            raise _too_deep()
        if may_be_large and _MAYBE_BEYOND_64_BITS.search(structure):
            return json.loads(raw, parse_int=_integer_or_double)
    return value


@lru_cache(maxsize=4)
def parse_shared(text: bytes) -> Any:
    """The same as `parse`, once for those who look at a response one after the other.

    Returns:
        A value that all of them share; it is not to be changed.

    Raises:
        JsonTextError: as `parse` does.
    """
    return parse(text)


def repeated_keys(text: bytes | str) -> list[str]:
    """Pointers to the keys that an object of a JSON text has several times, of which parsers take the last.

    Args:
        text: as `parse` accepts it.
    """
    objects_with_some: list[_Repeating] = []

    def noted(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        content = dict(pairs)
        if len(content) == len(pairs):
            return content
        objects_with_some.append(_Repeating(pairs))
        return objects_with_some[-1]

    document = json.loads(text, object_pairs_hook=noted, parse_int=float)
    return list(map(pointer, _repeated(document))) if objects_with_some else []


class _Repeating(dict[str, Any]):
    """An object with a key that comes several times."""

    def __init__(self, pairs: list[tuple[str, Any]]) -> None:
        super().__init__(pairs)
        self.repeated = [name for name, count in Counter(name for name, _ in pairs).items() if count > 1]


def _repeated(document: Any) -> Iterator[Path]:
    for path, node in nodes(document):
        if isinstance(node, _Repeating):
            yield from ((*path, name) for name in node.repeated)


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
    return JsonTextError("depth", f"at most {MAX_DEPTH} nested arrays and objects")


def _outside_strings(raw: bytes) -> bytes:
    """What JSON text has outside its strings, which are empty in it."""
    # Without escaped quotes, every other part between quotes is a string. A quote after two backslashes is not escaped.
    return b'""'.join(raw.replace(b"\\\\", b"").replace(b'\\"', b"").split(b'"')[::2])


def _is_too_deep(structure: bytes) -> bool:
    """Whether JSON text without strings nests too deep."""
    # By copies instead of by walking: pages of a megabyte have ten thousands of values.
    brackets = structure.translate(_ONE_KIND, _NO_BRACKETS)
    for _ in range(MAX_DEPTH):
        brackets = brackets.replace(b"()", b"")
    return bool(brackets)


def _place_of_infinity(raw: bytes) -> str:
    # The parser has given up at the number; the standard library accepts it and leads to its field.
    try:
        return next((pointer(path) for path, leaf in leaves(json.loads(raw)) if _is_infinite(leaf)), "")
    except (ValueError, RecursionError):
        return ""


def _is_infinite(leaf: Any) -> bool:
    try:
        return isinstance(leaf, int | float) and math.isinf(leaf)
    except OverflowError:
        return True
