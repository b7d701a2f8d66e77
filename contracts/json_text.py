"""Reading JSON text from strangers: strict, exact and bounded."""

import contextlib
import json
import re
from typing import Any

import orjson

from contracts.pointers import pointer

# orjson turns integers beyond 64 bits into floats, which would lose digits silently.
_MAYBE_BEYOND_64_BITS = re.compile(rb"[0-9]{19}")
_SMALLEST, _LARGEST = -(2**63), 2**64 - 1
# No vendor nests deeper than a handful; the compiled validators and the writer of JSON give up at 254.
DEEPEST = 128


class JsonTextError(ValueError):
    """The text is not acceptable JSON.

    Attributes:
        rule: `encoding`, `json` or `depth`, or `integer` for a number beyond 64 bits.
        pointer: where, as far as known.
        expected: what is asked for, in words.
    """

    def __init__(self, rule: str, expected: str, where: str = "") -> None:
        super().__init__(f"{where or 'text'}: {rule}: expected {expected}")
        self.rule, self.expected, self.pointer = rule, expected, where


def parse(text: bytes | str) -> Any:
    """Parse JSON text.

    Refuses what is not JSON (NaN, Infinity, lone surrogates, trailing text), text that is not UTF-8, nesting deeper
    than `DEEPEST` and integers beyond 64 bits.

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
    if _MAYBE_BEYOND_64_BITS.search(raw):
        value = json.loads(raw)
        _refuse_large_integers(value, [])
    return value


def _reason(raw: bytes, error: orjson.JSONDecodeError) -> JsonTextError:
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError as decoding:
        return JsonTextError("encoding", f"UTF-8 text (byte {decoding.start} is not)")
    if "depth" in error.msg:
        return _too_deep()
    if "infinity" in error.msg:
        return _too_large(raw)
    if not raw.strip():
        return JsonTextError("json", "JSON text, not an empty one")
    return JsonTextError("json", f"JSON text ({error.msg} at line {error.lineno} column {error.colno})")


def _too_deep() -> JsonTextError:
    return JsonTextError("depth", f"at most {DEEPEST} nested arrays and objects")


def _too_large(raw: bytes) -> JsonTextError:
    # The parser has given up at the number; another one, which takes it, leads to its field.
    with contextlib.suppress(ValueError, RecursionError):
        try:
            _refuse_large_integers(json.loads(raw), [])
        except JsonTextError as error:
            return error
    return JsonTextError("integer", "numbers of at most 64 bits")


def _depth(value: Any) -> int:
    # Level by level instead of recursively: the interpreter's stack is not deep enough for what the parser takes.
    depth, level = 0, [value]
    while level := [one for one in level if isinstance(one, dict | list)]:
        depth += 1
        level = [item for one in level for item in (one.values() if isinstance(one, dict) else one)]
    return depth


def _refuse_large_integers(value: Any, path: list[str | int]) -> None:
    if isinstance(value, bool):
        return
    if isinstance(value, int):
        if not _SMALLEST <= value <= _LARGEST:
            raise JsonTextError("integer", "an integer of at most 64 bits", pointer(path))
    elif isinstance(value, dict):
        for key, item in value.items():
            _refuse_large_integers(item, [*path, key])
    elif isinstance(value, list):
        for index, item in enumerate(value):
            _refuse_large_integers(item, [*path, index])
