"""The part of YAML that every parser reads the same: YAML 1.1 (PyYAML, SnakeYAML) and 1.2 (ruamel.yaml, js-yaml).

Tools of many languages read the specifications. `0123`, `yes`, `2025-03-10` and `{a: b?}` are text, numbers, dates or
errors, depending on the parser; a file that has such a place is refused here, and quotes mend it.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import yaml


class UnportableYamlError(ValueError):
    """A file is not YAML, or has places that parsers read differently; the message has a line for each."""


# C is ten times faster; an installation of PyYAML may lack it, and reads the same with the other.
Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

_INTEGER = re.compile(r"-?(?:0|[1-9][0-9]*)")
_PLAIN_VALUE = re.compile(r"true|false|null|-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?")
# What some parser or other takes for something else than text.
_AMBIGUOUS = re.compile(
    r"""
    | ~ | = | <<
    | null | true | false | yes | no | on | off | y | n
    | [-+]? \.(?:inf|nan)
    | [-+]? 0[box][0-9a-f_]*
    | [-+]? [0-9][0-9_]* (?:\.[0-9_]*)? (?:e[-+]?[0-9]*)?
    | [-+]? \.[0-9_]+ (?:e[-+]?[0-9]*)?
    | [-+]? [0-9][0-9_]* (?::[0-9]+)+ (?:\.[0-9_]*)?
    | [0-9]{4}-[0-9]{1,2}-[0-9]{1,2} (?:(?:t|[ ]+)[0-9].*)?
    """,
    re.VERBOSE | re.IGNORECASE,
)
_ODD_CHARACTER = re.compile("[^\n\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]")
# Halves of a pair of surrogates mean different things; `\/` is not in YAML 1.1.
_ODD_ESCAPE = re.compile(r'\\(?:(?:u|U0000)[dD][89a-fA-F]|[^0abtnvfre"\\N_LPxuU \n])')
_INDENTATION = re.compile(r"[|>][-+]?[1-9]")
_BLANK_START = re.compile(r"[|>][^\n]*\n+ +\n")
_COMMENT = re.compile(r"#[^\n]*")
_CONTINUATION = re.compile(r"\n( *)(?=[^ \n])")
_INT64 = range(-(2**63), 2**63)


def parse(raw: bytes) -> Any:
    """The content of a YAML file.

    Raises:
        UnportableYamlError: it is not YAML, or some parser would read it differently.
    """
    try:
        text = raw.decode()
        # Parsers stop at some of these characters; so what they say comes second.
        complaints = list(_odd_characters(text)) or list(_differences(text))
        if not complaints:
            return yaml.load(text, Loader=Loader)
    except (UnicodeDecodeError, yaml.YAMLError) as error:
        raise UnportableYamlError(str(error)) from error
    raise UnportableYamlError("\n".join(complaints))


def dump(content: Any) -> str:
    """Write JSON data as YAML that `parse`, and every parser, reads back."""
    return yaml.dump(content, Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=120)


class _Dumper(yaml.SafeDumper):
    """With quotes where another parser needs them, and without anchors."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _text_node(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    unclear = _AMBIGUOUS.fullmatch(text) or text.startswith(("?", ":"))
    odd = _ODD_CHARACTER.search(text)
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style='"' if odd else "'" if unclear else None)


def _float_node(dumper: yaml.SafeDumper, number: float) -> yaml.ScalarNode:
    # Not all parsers take an exponent for a part of a number.
    text = format(Decimal(repr(number)), "f")
    return dumper.represent_scalar("tag:yaml.org,2002:float", text if "." in text else f"{text}.0")


_Dumper.add_representer(str, _text_node)
_Dumper.add_representer(float, _float_node)


def _odd_characters(text: str) -> Iterator[str]:
    for match in _ODD_CHARACTER.finditer(text):
        line = text.count("\n", 0, match.start()) + 1
        yield f"line {line}: the character {match[0]!r}; in double quotes it can be written with a backslash"


def _differences(text: str) -> Iterator[str]:
    scan = _Scan(text)
    events: Iterator[Any] = yaml.parse(text, Loader=Loader)
    for event in events:
        for complaint in scan.take(event):
            yield f"line {event.start_mark.line + 1}: {complaint}"


def _start(event: Any) -> int:
    return int(event.start_mark.index)


def _end(event: Any) -> int:
    return int(event.end_mark.index)


@dataclass
class _Collection:
    """A list or mapping that is open."""

    is_mapping: bool
    in_flow: bool
    start: int
    column: int
    keys: set[str] = field(default_factory=set)
    expects_key: bool = True


class _Scan:
    """Goes through the events of a file.

    Args:
        text: of the file.
    """

    def __init__(self, text: str) -> None:
        self._text = text
        self._open: list[_Collection] = []
        self._seen = 0

    def take(self, event: Any) -> Iterator[str]:
        """What is wrong with an event."""
        if isinstance(event, yaml.DocumentStartEvent) and (event.version or event.tags):
            yield "a directive"
        yield from self._comments(event)
        if isinstance(event, yaml.NodeEvent):
            yield from self._node(event)
        elif isinstance(event, yaml.CollectionEndEvent):
            ended = self._open.pop()
            if ended.in_flow:
                yield from self._lines(ended.start, _end(event))

    def _comments(self, event: Any) -> Iterator[str]:
        # What lies between two events is punctuation and comments.
        for match in _COMMENT.finditer(self._text, self._seen, _start(event)):
            if match.start() and self._text[match.start() - 1] not in " \n":
                yield "a comment without a blank before it"
        self._seen = max(self._seen, _end(event))

    def _lines(self, start: int, end: int) -> Iterator[str]:
        # Of a flow collection or a quoted text. PyYAML takes lines that are indented less than YAML asks for.
        parent = max((outer.column for outer in self._open if not outer.in_flow), default=-1)
        if any(len(match[1]) <= parent for match in _CONTINUATION.finditer(self._text, start, end)):
            yield "a line between brackets, braces or quotes that is not indented"

    def _node(self, event: Any) -> Iterator[str]:
        if event.anchor is not None:
            yield f"the anchor or alias {event.anchor!r}; repeat the value"
        if getattr(event, "tag", None) is not None:
            yield f"the tag {event.tag!r}"
        if self._is_key():
            yield from self._key(event)
        elif self._is_outdented(event):
            yield "a value that is not indented"
        if isinstance(event, yaml.ScalarEvent):
            yield from self._scalar(event)
        elif isinstance(event, yaml.CollectionStartEvent):
            yield from self._collection(event)

    def _is_key(self) -> bool:
        """Whether the node that begins is a key; every other node of a mapping is."""
        if not (self._open and self._open[-1].is_mapping):
            return False
        mapping = self._open[-1]
        mapping.expects_key = not mapping.expects_key
        return not mapping.expects_key

    def _is_outdented(self, event: Any) -> bool:
        """Whether a value begins a line that is indented no more than its key. Lists of dashes may."""
        if not self._open or self._open[-1].in_flow or not self._open[-1].is_mapping:
            return False
        in_block = isinstance(event, yaml.CollectionStartEvent) and not event.flow_style
        return not in_block and event.start_mark.column <= self._open[-1].column and _end(event) > _start(event)

    def _key(self, event: Any) -> Iterator[str]:
        if not isinstance(event, yaml.ScalarEvent):
            yield "a key that is no text"
            return
        if not event.style and _PLAIN_VALUE.fullmatch(event.value):
            yield f"the key {event.value} is no text; quote it"
        if self._open[-1].in_flow and self._text[_start(event) - 1] == "?":
            yield f"the key {event.value!r} follows a '?' at once; quote it"
        keys = self._open[-1].keys
        if event.value in keys:
            yield f"the key {event.value!r} is there already"
        keys.add(event.value)

    def _scalar(self, event: Any) -> Iterator[str]:
        if not event.style:
            yield from self._plain(event.value)
            return
        if event.style in "|>":
            if _INDENTATION.match(self._text, _start(event)):
                yield "a number behind | or >; begin the text with another character than a blank"
            if _BLANK_START.match(self._text, _start(event)):
                yield "a text behind | or > that begins with a line of blanks"
            return
        yield from self._lines(_start(event), _end(event))
        if event.style == '"':
            raw = self._text[_start(event) : _end(event)]
            yield from (f"the escape {escape}" for escape in _ODD_ESCAPE.findall(raw.replace("\\\\", "")))

    def _plain(self, value: str) -> Iterator[str]:
        if _INTEGER.fullmatch(value) and int(value) not in _INT64:
            yield f"{value} has more than 64 bits"
        elif _AMBIGUOUS.fullmatch(value) and not _PLAIN_VALUE.fullmatch(value):
            yield f"{value or 'nothing'} is text to some parsers and not to others; quote it, or write it as JSON does"
        elif value == "-":
            yield "'-' alone; quote it"
        elif value.startswith(("?", ":", "---", "...")):
            yield f"{value!r} begins with {value[0]!r}; quote it"
        elif self._open and self._open[-1].in_flow and re.search("[?:]", value):
            yield f"{value!r} is between brackets or braces and has '?' or ':'; quote it"

    def _collection(self, event: Any) -> Iterator[str]:
        is_mapping = isinstance(event, yaml.MappingStartEvent)
        if is_mapping and event.flow_style and self._text[_start(event)] != "{":
            yield "a pair in a list; put braces around it"
        start = event.start_mark
        self._open.append(_Collection(is_mapping, bool(event.flow_style), start.index, start.column))
