"""Finds issued tokens and secrets in texts by their exact values, in whatever form a client has written them.

No expression has to know the form: the values are known. Every look takes time in proportion to the text.
"""

import base64
import binascii
import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Any
from urllib.parse import unquote

import orjson
from sqlalchemy import bindparam, func, select

from bodydouble.contracts.redaction.secret_names import EVIDENT_NAMES, spellings
from bodydouble.mock_server.store.cache_version import VersionedCache
from bodydouble.mock_server.store.database import Database
from bodydouble.mock_server.store.prepared_statement import PreparedStatement
from bodydouble.mock_server.store.tables import accounts, credentials, tokens

# How much of a value the index has, which is in one word with what a client may have put around it.
_BEGINNING = 16
_WORD = re.compile(rf"[A-Za-z0-9_-]{{{_BEGINNING},}}")
# What may be a text in base64 or in hexadecimal digits, how many of them are looked at, and how deep.
_CODED = re.compile(r"[A-Za-z0-9+/_-]{24,}")
_MAX_CODED, _MAX_DEPTH = 500, 2
# How many lines are remembered that can hold no value, and of which length.
_MAX_HARMLESS, _MAX_HARMLESS_LENGTH = 5_000, 200
# Of longer words, escaped ones are not searched for; the text that holds one is not shown at all.
_MAX_ESCAPED = 300
# What may be a token that no account is known for.
_TOKEN = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|[A-Za-z0-9]{60,100}", re.IGNORECASE)
_MAX_FOREIGN_TOKENS, _MAX_OWN_TOKENS = 20, 200
# A letter that JSON, XML or a programming language has escaped.
_ESCAPED = re.compile(
    r"(?<!\\)\\{1,8}(?:u00|x)([2-7][0-9a-f])|&#0{0,6}(?:x0{0,6}([2-7][0-9a-f])|([0-9]{2,3}));", re.IGNORECASE
)
_MAX_PERCENT = 3
_SECRET_NAMES = spellings(EVIDENT_NAMES)
_CREDENTIALS = PreparedStatement(
    select(credentials.c.vendor, credentials.c.content).where(credentials.c.account_id == bindparam("account"))
)
_ACCOUNT_COUNT = PreparedStatement(select(func.count()).select_from(accounts))
_ACCOUNTS = PreparedStatement(select(accounts.c.id, accounts.c.seed))
_TOKENS = PreparedStatement(
    select(tokens.c.token)
    .where(tokens.c.account_id == bindparam("account"))
    .order_by(tokens.c.expires_at.desc())
    .limit(_MAX_OWN_TOKENS)
)
_IS_TOKEN = PreparedStatement(select(tokens.c.token).where(tokens.c.token == bindparam("text")))


class IssuedValues:
    """Finds the tokens and secrets that a server has issued.

    Args:
        database: the state.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._read: VersionedCache[int] = VersionedCache(database.cache_version)
        # Of every account with its seed: an account that is created anew under its old name has another.
        self._secrets: dict[tuple[str, int], frozenset[str]] = {}
        self._harmless: set[str] = set()
        self._by_beginning: dict[str, set[str]] = {}

    def within(self, text: str, account_id: str | None) -> frozenset[str]:
        """What a text must not show: issued values, and words that hold one in base64 or hexadecimal digits.

        Args:
            account_id: whose request it is, or None if that is unknown.
        """
        if (text := self._unknown_lines(text)) == "":
            return frozenset()
        plain = decoded(text)
        inner = dict(_coded(plain, _MAX_DEPTH))
        everything = "\n".join([plain, *inner.values()])
        words = {word.lower() for word in _WORD.findall(everything)}
        if not words:
            return frozenset()
        values = {*self._secrets_in(words), *self._tokens_in(everything, words, account_id)}
        present = _present(values, everything)
        # No value is in most texts.
        return present and frozenset({*present, *(word for word, hidden in inner.items() if _present(present, hidden))})

    def _unknown_lines(self, text: str) -> str:
        # Most headers and paths come again and again: what can hold no value is looked at once.
        lines = [line for line in text.split("\n") if line not in self._harmless]
        for line in lines:
            short = len(line) <= _MAX_HARMLESS_LENGTH and len(self._harmless) < _MAX_HARMLESS
            if short and "%" not in line and "\\" not in line and "&#" not in line and not _may_hold(line):
                self._harmless.add(line)
        return "\n".join(lines)

    def _secrets_in(self, words: set[str]) -> Iterator[str]:
        self._refresh()
        last = -_BEGINNING
        windows = [word[start : start + _BEGINNING] for word in words for start in range(len(word) + last + 1)]
        for beginning in self._by_beginning.keys() & windows:
            yield from self._by_beginning[beginning]

    def _tokens_in(self, text: str, words: set[str], account_id: str | None) -> Iterator[str]:
        # Every token is longer than the beginning by far.
        if not any(len(word) >= 2 * _BEGINNING for word in words):
            return
        connection = self._database.read()
        if account_id is not None:
            yield from (row[0] for row in _TOKENS.all(connection, {"account": account_id}))
        for token in list(dict.fromkeys(_TOKEN.findall(text)))[:_MAX_FOREIGN_TOKENS]:
            for written in {token, token.lower()}:
                yield from (row[0] for row in _IS_TOKEN.all(connection, {"text": written}))

    def _refresh(self) -> None:
        version, connection = self._read.version(), self._database.read()
        # A new account does not change the version, and what was removed does.
        count = _ACCOUNT_COUNT.scalar(connection, {})
        if self._read.get("") == count:
            return
        present = {(row[0], row[1]) for row in _ACCOUNTS.all(connection, {})}
        for account in present - self._secrets.keys():
            rows = _CREDENTIALS.all(connection, {"account": account[0]})
            self._secrets[account] = frozenset(_secret_values(rows))
            for value in self._secrets[account]:
                self._by_beginning.setdefault(value[:_BEGINNING].lower(), set()).add(value)
        self._forget(self._secrets.keys() - present)
        self._read.put("", count, version)

    def _forget(self, gone: set[tuple[str, int]]) -> None:
        for account in gone:
            for value in self._secrets.pop(account):
                self._by_beginning.pop(value[:_BEGINNING].lower(), None)


def _may_hold(line: str) -> bool:
    return _WORD.search(line) is not None or any(True for _ in _coded(line, 1))


def _present(values: Iterable[str], text: str) -> frozenset[str]:
    lower = text.lower() if values else ""
    return frozenset(value for value in values if value.lower() in lower)


def _secret_values(rows: Iterable[tuple[Any, ...]]) -> Iterator[str]:
    for _, content in rows:
        for name, value in orjson.loads(content).items():
            if name in _SECRET_NAMES and len(value) >= _BEGINNING:
                yield value


def decoded(text: str) -> str:
    """A text whose letters are written plainly: percent-encoding, and the escapes of JSON and XML, are resolved."""
    for _ in range(_MAX_PERCENT):
        if "%" not in text:
            break
        text = unquote(text)
    return _ESCAPED.sub(_letter, text) if "\\" in text or "&#" in text else text


def _letter(match: re.Match[str]) -> str:
    return chr(int(match[1] or match[2], 16) if match[1] or match[2] else int(match[3]))


def _coded(plain: str, depth: int) -> Iterator[tuple[str, str]]:
    # Words that hold a text, and the text, which may hold such words itself.
    for word in _CODED.findall(plain)[:_MAX_CODED] if depth else ():
        for piece in {word, *word.split("/")}:
            inner = _inner_text(piece)
            if inner:
                deeper = (text for _, text in _coded(inner, depth - 1))
                yield piece, "\n".join([inner, *deeper])


def _inner_text(word: str) -> str:
    for content in (_from_base64(word), _from_hexadecimal(word)) if len(word) > _BEGINNING else ():
        # Arbitrary bytes are hardly ever a text.
        if content:
            try:
                return decoded(content.decode())
            except UnicodeDecodeError:
                continue
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


def without_value(text: str, value: str, replacement: str) -> str:
    """A text without a value, also where its letters are escaped or in the other case."""
    text = text.replace(value, replacement)
    if len(value) > _MAX_ESCAPED:
        return replacement if value in decoded(text) else text
    if value.lower() not in decoded(text).lower():
        return text
    return _any_form(value).sub(lambda match: replacement, text)


@lru_cache(maxsize=500)
def _any_form(value: str) -> re.Pattern[str]:
    # Every letter is one of a few texts that begin differently: the time is in proportion to the text.
    return re.compile("".join(map(_letter_forms, value)), re.IGNORECASE)


def _letter_forms(letter: str) -> str:
    code = f"{ord(letter):02x}"
    return (
        rf"(?:{re.escape(letter)}|%(?:25){{0,3}}{code}|(?<!\\)\\{{1,8}}(?:u00|x){code}"
        rf"|&#0{{0,6}}(?:x0{{0,6}}{code}|{ord(letter)});)"
    )
