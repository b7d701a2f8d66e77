"""The forms in which a text that is not JSON names its values: queries and forms, lines, elements, parts of a form."""

import re
from collections.abc import Callable, Set
from string import ascii_letters, digits
from urllib.parse import quote_plus, unquote_plus

# From a value to what stands in its place.
Put = Callable[[str], str]
# How often a name may be encoded over again.
_MAX_ENCODINGS = 3
# How many harmless names are remembered, and of which length.
_MAX_OTHERS, _MAX_LENGTH_OF_OTHERS = 2_000, 60
_PAIR = re.compile(r"(?:^|(?<=[&?;#]))([^=&?;#\s\"]+?)(?:=|%3[dD])")
_VALUE = re.compile(r"[^&#\s\"]*")
_PIECE = re.compile(r"[^&#?;\s\"]*")
_PARTS_OF_NAME = re.compile(r"[\[\].:/]+")
# A part of `multipart/form-data`: the name in its header (RFC 7578; with an asterisk, RFC 5987).
_PART_NAME = re.compile(
    r"(?:^|[\s;])name(?:\*\s?=\s?[\w-]{0,30}'[\w-]{0,30}'|\s?=\s?)[\"']?([^\"'\r\n;]{1,200})", re.IGNORECASE
)
_PART_BEGINNING, _MAX_PART_HEAD = "content-disposition:", 4_000
_EMPTY_LINE = re.compile(r"\n\r?\n")
_ELEMENT = re.compile(r"<(?:[\w.-]{1,100}:)?(?P<name>[\w.-]{1,100})(?:\s[^<>]*)?>(?P<cdata><!\[CDATA\[)?")
_ASSIGNED = re.compile(r"(?<![\w-])(?P<name>[A-Za-z_][\w.-]{0,99}+)\\*+[\"']?[ \t]*+(?:=>|[:=])[ \t]*")
_ASSIGNED_VALUE = re.compile(r"\\*\"[^\"]*\"?|'[^']*'?|[^\s\"',;&<>{}\[\]]+")
_LINE_END = re.compile(r"[\r\n]|\Z")
# In JSON inside a JSON string, the same number of backslashes stands before each quote. In a value one more of each is
# an escape. What is cut off in the middle of a value is replaced to its end.
_SPACE = r"(?:\s|\\+[nrt])*"
_MEMBER = re.compile(rf'(?<!\\)(?P<escape>\\*)"(?P<name>[^"\\]{{1,200}})(?P=escape)"{_SPACE}:{_SPACE}')
_WHOLE_MEMBER = re.compile(
    _MEMBER.pattern
    + r'(?:(?P=escape)"(?:[^"\\]|(?P=escape)\\(?P=escape)["\\]|(?P=escape)\\[^"\\])*(?:(?P=escape)"|\\*$)'
    + r"|[-+0-9.eE]+|\[[^\]]*\]?|\{[^}]*\}?)"
)
# `https://user:password@host`, a private key, and what looks like a secret and like no word of a language.
_USERINFO = re.compile(r"(?<=://)([^\s/:@\"'<>]{0,200}:)([^\s/@\"'<>]{1,500})(?=@)")
_PRIVATE_KEY = re.compile(r"(-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----)(.*?)(?=-----END|\Z)", re.DOTALL)
_LONG_WORD = re.compile(r"[A-Za-z0-9+/._-]{16,}={0,2}")
_NAME = re.compile(r"[a-z_][a-z0-9_-]{1,99}")
# A byte of what is no text, and a letter as XML and HTML may write it.
_BYTE = re.compile(r"\\x[0-9a-f]{2}")
_REFERENCE = re.compile(r"&#0{0,6}(?:x0{0,6}([2-7][0-9a-f])|([0-9]{2,3}));", re.IGNORECASE)
_LETTERS, _DIGITS = frozenset(ascii_letters), frozenset(digits)
# Names further behind are not looked for; and this much before an assignment says whether it has a line for itself.
_MAX_LOOKED_AT, _MAX_INDENT = 200_000, 200
_LETTER_ESCAPE = re.compile(r"(?<!\\)\\+u00([2-7][0-9a-fA-F])")


def without_letter_escapes(text: str) -> str:
    r"""A JSON text, at any depth within strings, whose names are written plainly: `\u0061` is `a`."""
    return _LETTER_ESCAPE.sub(_letter, text) if "u00" in text else text


def _letter(match: re.Match[str]) -> str:
    letter = chr(int(match[1], 16))
    return letter if letter.isalnum() or letter in "_-. " else match[0]


def _without_references(text: str) -> str:
    return _REFERENCE.sub(_referred, text) if "&#" in text else text


def _referred(match: re.Match[str]) -> str:
    return chr(int(match[1], 16) if match[1] else int(match[2]))


class SensitiveNames:
    """Recognises names, however they are written.

    Args:
        names: in lower case.
    """

    def __init__(self, names: frozenset[str]) -> None:
        self._names = names
        self._others: set[str] = set()

    def has_none_of(self, names: Set[str]) -> bool:
        """Whether all names are harmless."""
        return self._others.issuperset(names) or not any(name in self for name in names)

    def __contains__(self, name: str) -> bool:
        if name in self._others:
            return False
        sensitive = self._is_sensitive(name)
        # The same few names come again and again; what a client makes up must not fill the memory.
        if not sensitive and len(self._others) < _MAX_OTHERS and len(name) <= _MAX_LENGTH_OF_OTHERS:
            self._others.add(name)
        return sensitive

    def _is_sensitive(self, name: str) -> bool:
        lower = name.lower()
        return lower in self._names or (not lower.isidentifier() and self._is_encoded(lower))

    def mentioned_in(self, text: str) -> bool:
        """Whether one of the names stands somewhere in a text, in whatever form."""
        plain = unquote_plus(_BYTE.sub(" ", text[:_MAX_LOOKED_AT]))
        return not self._names.isdisjoint(_NAME.findall(_without_references(plain).lower()))

    def _is_encoded(self, name: str) -> bool:
        for _ in range(_MAX_ENCODINGS):
            decoded = without_letter_escapes(unquote_plus(name)).lower().strip()
            if decoded == name:
                break
            name = decoded
        # `user[password]` and `user.password` name the same field of an object.
        return name in self._names or not self._names.isdisjoint(_PARTS_OF_NAME.split(name))


def in_pairs(text: str, names: SensitiveNames, put: Put, depth: int = _MAX_ENCODINGS) -> str:
    """A text in which the values of pairs are replaced: `name=value&`, also in a URL, a fragment or an encoded URL."""
    # Most texts have no pair. With an equals sign before its value, or an encoded one.
    if "=" not in text and "%3" not in text:
        return text
    pieces, position, seen_until = [], 0, 0
    while (match := _PAIR.search(text, position)) is not None:
        pieces.append(text[position : match.end()])
        sensitive = match[1] in names
        # The whole value is looked into once; then only what stands between two separators, or a text of many pairs
        # would take the square of its length.
        form = _VALUE if match.end() >= seen_until else _PIECE
        value = _value_at(form, text, match.end())
        replacement = put(value) if sensitive else _within(value, names, put, depth)
        seen_until = max(seen_until, match.end() + len(value))
        # What is not replaced may hold a pair behind a separator that is none to everybody.
        position = match.end() + (len(value) if replacement != value else 0)
        pieces.append(replacement if replacement != value else "")
    return "".join([*pieces, text[position:]])


def _value_at(form: re.Pattern[str], text: str, position: int) -> str:
    match = form.match(text, position)
    return match[0] if match is not None else ""


def _within(value: str, names: SensitiveNames, put: Put, depth: int) -> str:
    if "%" not in value or not depth:
        return value
    decoded = unquote_plus(value)
    if decoded == value:
        return value
    replaced = in_pairs(decoded, names, put, depth - 1)
    return value if replaced == decoded else quote_plus(replaced, safe="[]:/?=&")


def in_parts(text: str, names: SensitiveNames, put: Put) -> str:
    """A form of several parts in which the contents of parts are replaced."""
    lower = text.lower()
    if len(lower) != len(text) or _PART_BEGINNING not in lower:
        return text
    pieces, position = [], 0
    while (start := lower.find(_PART_BEGINNING, position)) >= 0:
        head = _EMPTY_LINE.search(text, start, start + _MAX_PART_HEAD)
        if head is None:
            value, stop = start + len(_PART_BEGINNING), start + len(_PART_BEGINNING)
        else:
            value, stop = head.end(), _part_end(text, head.end())
        sensitive = head is not None and _part_name(text, start) in names
        pieces += [text[position:value], put(text[value:stop]) if sensitive else text[value:stop]]
        position = stop
    return "".join([*pieces, text[position:]])


def _part_name(text: str, start: int) -> str:
    line = text[start : start + _MAX_PART_HEAD].partition("\n")[0]
    match = _PART_NAME.search(line, len(_PART_BEGINNING))
    return "" if match is None else match[1]


def _part_end(text: str, start: int) -> int:
    end = _end(text, "\n--", start)
    return end - 1 if end > start and text[end - 1] == "\r" and end < len(text) else end


def in_elements(text: str, names: SensitiveNames, put: Put) -> str:
    """A text in which the contents of elements of XML are replaced."""
    if "</" not in text:
        return text
    return _replaced(
        text, _ELEMENT, names, lambda match: _end(text, "]]>" if match["cdata"] else "<", match.end()), put
    )


def in_assignments(text: str, names: SensitiveNames, put: Put) -> str:
    """A text in which the values of lines (`name: value`), assignments and attributes are replaced."""

    def end(match: re.Match[str]) -> int:
        value = _ASSIGNED_VALUE.match(text, match.end())
        quoted = value is not None and value[0].lstrip("\\")[:1] in ('"', "'")
        before = text[max(0, match.start() - _MAX_INDENT) : match.start()].rpartition("\n")[2]
        if quoted or before.strip(" \t-"):
            return match.end() if value is None else value.end()
        # Nothing else stands in the line.
        ended = _LINE_END.search(text, match.end())
        return len(text) if ended is None else ended.start()

    return _replaced(text, _ASSIGNED, names, end, put)


def in_addresses(text: str, put: Put) -> str:
    """A text in which passwords of URLs, and private keys, are replaced."""
    if "://" in text and "@" in text:
        text = _USERINFO.sub(lambda match: match[1] + put(match[2]), text)
    if "PRIVATE KEY-----" in text:
        text = _PRIVATE_KEY.sub(lambda match: match[1] + put(match[2]), text)
    return text


def in_random_words(text: str, put: Put) -> str:
    """A text in which all is replaced that looks like a secret: long, with letters and digits."""

    def replaced(match: re.Match[str]) -> str:
        word = match[0]
        looks_random = not word.startswith("-") and not _LETTERS.isdisjoint(word) and not _DIGITS.isdisjoint(word)
        return put(word) if looks_random else word

    return _LONG_WORD.sub(replaced, text)


def in_members(text: str, names: SensitiveNames, put: Put) -> str:
    """A text with pieces of JSON, at any depth within strings, in which the values of members are replaced."""
    if '"' not in text:
        return text

    def end(match: re.Match[str]) -> int:
        whole = _WHOLE_MEMBER.match(text, match.start())
        return match.end() if whole is None else whole.end()

    return _replaced(text, _MEMBER, names, end, put)


def _replaced(
    text: str, form: re.Pattern[str], names: SensitiveNames, end: Callable[[re.Match[str]], int], put: Put
) -> str:
    pieces, position = [], 0
    while (match := form.search(text, position)) is not None:
        start, stop = match.end(), match.end()
        if match["name"] in names:
            stop = end(match)
        pieces += [text[position:start], put(text[start:stop]) if stop > start else ""]
        position = stop
    return "".join([*pieces, text[position:]])


def _end(text: str, mark: str, start: int) -> int:
    position = text.find(mark, start)
    return len(text) if position < 0 else position
