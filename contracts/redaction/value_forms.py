"""Finds known values in texts, in whatever form they are written: escaped, in the other case, in base64, hexadecimal.

No expression has to know the form: the values are known. Every look takes time in proportion to the text.
"""

import base64
import binascii
import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from urllib.parse import unquote

# Values of this many letters are found in the other case, too, and within other texts that are coded.
MIN_CODED_VALUE = 16
# What may be a text in base64 or in hexadecimal digits, how many of them are looked at, and how deep.
MIN_CODED_WORD = 24
_CODED = re.compile(rf"[A-Za-z0-9+/_-]{{{MIN_CODED_WORD},}}")
_MAX_CODED, _MAX_DEPTH = 500, 2
# The same where short values are known, too: six letters take eight in base64.
_SHORT_CODED = re.compile(r"[A-Za-z0-9+/_-]{8,}")
_MIN_SHORT_CODED, _MAX_SHORT_CODED = 8, 5_000
# Of longer words, escaped ones are not searched for; the text that holds one is not shown at all.
_MAX_ESCAPED = 300
# A letter that JSON, XML or a programming language has escaped.
_ESCAPED = re.compile(
    r"(?<!\\)\\{1,8}(?:u00|x)([2-7][0-9a-f])|&#0{0,6}(?:x0{0,6}([2-7][0-9a-f])|([0-9]{2,3}));", re.IGNORECASE
)
_MAX_PERCENT = 3
# Sixteen letters of ASCII in succession: the first digit of each; and the four whole groups of base64 that they have at
# least, of which the second letters are looked at first.
_FIRST_DIGIT = bytes(ord("1" if code in b"234567" else "0") for code in range(256))
_SECOND = b"ABCDEFGHQRSTUVWXghijklmnwxyz0123"
_SECOND_LETTER = bytes(ord("1" if code in _SECOND else "0") for code in range(256))
_ASCII_IN_BASE64 = re.compile(rb"(?:[I-Za-f][A-HQ-Xg-nw-z0-3][ABEFIJMNQRUVYZcdghklopstwx014589][\w+/-]){4}")


def decoded(text: str) -> str:
    """A text whose letters are written plainly: percent-encoding, and the escapes of JSON and XML, are resolved."""
    for _ in range(_MAX_PERCENT):
        if "%" not in text:
            break
        text = unquote(text)
    return _ESCAPED.sub(_letter, text) if "\\" in text or "&#" in text else text


def as_written(text: str, plain: str) -> tuple[str, ...]:
    """The texts to search: a value may itself have what looks like an escape.

    Args:
        plain: the decoded text.
    """
    return (plain,) if plain == text else (text, plain)


def everything_in(text: str, *, short: bool) -> str:
    """A text as it is, decoded, and with all that is coded in its words.

    Args:
        short: whether words that can only hold short values are looked at, too.
    """
    plain = decoded(text)
    return "\n".join([*as_written(text, plain), *(hidden for _, hidden in coded_texts(plain, short=short))])


def _letter(match: re.Match[str]) -> str:
    return chr(int(match[1] or match[2], 16) if match[1] or match[2] else int(match[3]))


def may_hold_coded(words: bytes) -> bool:
    """Whether words may hold a text of 16 letters of ASCII in base64 or hexadecimal digits. Never wrongly False."""
    digits = b"1" * MIN_CODED_VALUE
    if digits in words[::2].translate(_FIRST_DIGIT) or digits in words[1::2].translate(_FIRST_DIGIT):
        return True
    # No generator, which would cost more than the rest.
    for start in (0, 1, 2, 3):
        if b"1111" in words[start::4].translate(_SECOND_LETTER):
            return _ASCII_IN_BASE64.search(words) is not None
    return False


def coded_texts(plain: str, depth: int = _MAX_DEPTH, *, short: bool = False) -> Iterator[tuple[str, str]]:
    """Words that hold a text in base64 or hexadecimal digits, and the text, with what such words in it hold.

    Args:
        plain: a decoded text.
        depth: how many codings over one another are resolved.
        short: whether words that can only hold short values are looked at, too.
    """
    if not depth:
        return
    words = _SHORT_CODED.findall(plain)[:_MAX_SHORT_CODED] if short else _CODED.findall(plain)[:_MAX_CODED]
    for word in words:
        for piece in {word, *word.split("/")}:
            inner = _inner_text(piece, _MIN_SHORT_CODED if short else MIN_CODED_VALUE + 1)
            if inner:
                deeper = (text for _, text in coded_texts(inner, depth - 1, short=short))
                yield piece, "\n".join([inner, *deeper])


def _inner_text(word: str, shortest: int) -> str:
    # Digits may be read in both ways.
    texts = [
        _text(content) for content in (_from_base64(word), _from_hexadecimal(word)) if content and len(word) >= shortest
    ]
    return "\n".join(filter(None, texts))


def _text(content: bytes) -> str:
    try:
        return decoded(content.decode())
    except UnicodeDecodeError:
        # Arbitrary bytes are hardly ever a text.
        return ""


def _from_base64(word: str) -> bytes:
    whole = word[: len(word) - 1] if len(word) % 4 == 1 else word
    try:
        return base64.b64decode(whole.replace("-", "+").replace("_", "/") + "==")
    except binascii.Error:
        return b""


def _from_hexadecimal(word: str) -> bytes:
    try:
        return bytes.fromhex(word)
    except ValueError:
        return b""


def present_in(values: Iterable[str], text: str) -> frozenset[str]:
    """The values that stand in a decoded text: short values as they are, longer values in any case."""
    lower = text.lower() if values else ""
    return frozenset(
        value for value in values if value in text or (len(value) >= MIN_CODED_VALUE and value.lower() in lower)
    )


def coded_words(values: Iterable[str], texts: Iterable[tuple[str, str]]) -> frozenset[str]:
    """The words that hold one of the values, of those that `coded_texts` returned."""
    return frozenset(word for word, hidden in texts if present_in(values, hidden))


def without_values(text: str, values: Iterable[str], replacement: str) -> str:
    """A text without known values, in whatever form: also words that hold one in base64 or hexadecimal digits."""
    values, plain = frozenset(values), decoded(text)
    texts = list(coded_texts(plain, short=any(len(value) < MIN_CODED_VALUE for value in values))) if values else []
    present = present_in(values, "\n".join([*as_written(text, plain), *(hidden for _, hidden in texts)]))
    # No value is in most texts.
    words = present and present | coded_words(present, texts)
    for word in sorted(words, key=len, reverse=True):
        text = without_value(text, word, replacement)
    return text


def without_value(text: str, value: str, replacement: str) -> str:
    """A text without a value, also where its letters are escaped or, of longer values, in the other case."""
    text = text.replace(value, replacement)
    if len(value) > _MAX_ESCAPED:
        return replacement if value in decoded(text) else text
    if not present_in((value,), decoded(text)):
        return text
    return _any_form(value).sub(lambda match: replacement, text)


@lru_cache(maxsize=500)
def _any_form(value: str) -> re.Pattern[str]:
    # Every letter is one of a few texts that begin differently: the time is in proportion to the text.
    flags = re.IGNORECASE if len(value) >= MIN_CODED_VALUE else re.NOFLAG
    return re.compile("".join(map(_letter_forms, value)), flags)


def _letter_forms(letter: str) -> str:
    code = f"{ord(letter):02x}"
    percent = "".join(rf"%(?:25){{0,3}}{byte:02x}" for byte in letter.encode("utf-8", "surrogatepass"))
    return (
        rf"(?:{re.escape(letter)}|(?i:{percent}|(?<!\\)\\{{1,8}}(?:u00|x){code}"
        rf"|&#0{{0,6}}(?:x0{{0,6}}{code}|{ord(letter)});))"
    )
