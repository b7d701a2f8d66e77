"""Finds issued tokens and secrets in texts by their exact values, in whatever form a client has written them.

Most texts hold none, and a few quick looks say so. They may be wrong in one direction only: a text that they let
through holds no value in any form that `contracts.redaction.value_forms` knows.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import field
from functools import partial
from typing import Any

import orjson
from sqlalchemy import Text, bindparam, func, select

from bodydouble.contracts.core.late_dataclass import dataclass
from bodydouble.contracts.redaction.fields import MIN_SECRET_LENGTH
from bodydouble.contracts.redaction.secret_names import EVIDENT_NAMES, spellings
from bodydouble.contracts.redaction.value_forms import (
    MIN_CODED_WORD,
    as_written,
    coded_texts,
    coded_words,
    decoded,
    may_hold_coded,
    present_in,
)
from bodydouble.mock_server.store.block_statements import KeysStatement
from bodydouble.mock_server.store.database import Database
from bodydouble.mock_server.store.postgresql import Result, Row
from bodydouble.mock_server.store.prepared_statement import PreparedStatement
from bodydouble.mock_server.store.tables import accounts, credentials, tokens

# What is looked for anywhere: of the first 16 letters of a value, every piece of 8. A text is looked at in steps of 9,
# so that one of these pieces is seen wherever the value begins.
_BEGINNING, _PIECE = 16, 8
_STEP = _BEGINNING - _PIECE + 1
_REGULAR = re.compile(rf"[A-Za-z0-9_-]{{{_BEGINNING},}}")
_WORD_LETTERS = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/_-"
_APART = bytes(code if code in _WORD_LETTERS else ord(" ") for code in range(256))
# The length of the lines that are remembered because they hold no value: of one, and of all together, each with what it
# takes beside its characters. Beyond that, remembering begins anew.
_MAX_HARMLESS_LENGTH, MAX_REMEMBERED, _BESIDE = 1_000, 500_000, 100
# What may be a token that no account is known for, and how much of a text it takes at least.
_TOKEN = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|[A-Za-z0-9]{60,100}", re.IGNORECASE)
_UUID_LENGTH, _UUID_HYPHENS, _MIN_OPAQUE = 36, 4, 60
_MAX_FOREIGN_TOKENS, _MAX_OWN_TOKENS, _MAX_OWNERS = 20, 200, 1_000
_SECRET_NAMES = spellings(EVIDENT_NAMES)
_CREDENTIALS = PreparedStatement(
    select(credentials.c.vendor, credentials.c.content).where(credentials.c.account_id == bindparam("account"))
)
_SETTINGS = PreparedStatement(select(accounts.c.settings).where(accounts.c.id == bindparam("account")))
_ACCOUNTS = PreparedStatement(select(accounts.c.id, accounts.c.seed, accounts.c.settings))
# A server is asked for as little as possible, since it is asked again and again.
_ACCOUNTS_ON_SERVER = PreparedStatement(select(accounts.c.id, accounts.c.seed, func.md5(accounts.c.settings)))
_TOKENS = PreparedStatement(
    select(tokens.c.token)
    .where(tokens.c.account_id == bindparam("account"))
    .order_by(tokens.c.expires_at.desc())
    .limit(_MAX_OWN_TOKENS)
)
_TOKENS_AMONG = KeysStatement(Text(), lambda texts: select(tokens.c.token).where(tokens.c.token.in_(texts)))


@dataclass(frozen=True, slots=True)
class _Own:
    """What is an account's own.

    Attributes:
        tokens: the latest that it was issued.
        values: these, and what was set and cannot be looked for in steps.
        irregular: the latter, and tokens that are like it.
        pieces: of its other tokens.
        harmless: lines in which none of this is, nor anything else that is known.
    """

    tokens: tuple[str, ...] = ()
    values: tuple[str, ...] = ()
    irregular: tuple[str, ...] = ()
    pieces: frozenset[bytes] = frozenset()
    harmless: set[str] = field(default_factory=set)


class IssuedValues:
    """Finds the tokens and secrets that a server has issued, and those that were set for it.

    Args:
        database: the state.
        settings: names of account settings that are secret, and names that are evident anyway.
        always: secrets of the server itself.

    Attributes:
        remembered: the length of all lines that are remembered, or more.
    """

    def __init__(self, database: Database, settings: Iterable[str] = (), always: Iterable[str] = ()) -> None:
        self._database = database
        self._names = _SECRET_NAMES | frozenset(settings)
        # Of every account with its seed and settings: one that is created anew under its old name has another seed.
        self._secrets: dict[tuple[Any, ...], frozenset[str]] = {}
        self._irregular: dict[str, tuple[str, ...]] = {}
        self._count: Counter[str] = Counter()
        self._by_piece: dict[bytes, set[str]] = {}
        self._always = tuple(value for value in always if not _REGULAR.fullmatch(value))
        self._add(value for value in always if _REGULAR.fullmatch(value))
        self._valid_for: bytes | None = None
        self._owned: dict[str | None, _Own] = {}
        self._is_current = False
        self.remembered = 0

    @contextmanager
    def current_for(self, account_ids: Iterable[str | None]) -> Iterator[None]:
        """Look for what has been issued only once, for all texts of the block, which were complete before it.

        What is issued later cannot be in them. A database server is asked in one round trip; on a file, the number that
        all processes share says for each text whether anything has been issued.

        Args:
            account_ids: whose requests the texts are from.
        """
        if self._database.has_replicas:
            self._look_up(account_ids)
            self._is_current = True
        try:
            yield
        finally:
            self._is_current = False

    def within(self, text: str, account_id: str | None) -> frozenset[str]:
        """What a text must not show: issued values, and words that hold one in base64 or hexadecimal digits.

        Args:
            account_id: whose request it is, or None if that is unknown.
        """
        own = self._own(account_id)
        return self._present(text, own) if self._may_hold(text, own) else frozenset()

    def _may_hold(self, text: str, own: _Own) -> bool:
        if own.irregular and any(value in text for value in own.irregular):
            return True
        unknown = [line for line in text.split("\n") if line not in own.harmless]
        if not unknown:
            return False
        rest = "\n".join(unknown)
        # What may be written in another way is looked at closely.
        if "%" in rest or "\\" in rest or "&#" in rest or ((words := _words(rest)) and self._seem_to_hold(words, own)):
            return True
        self._remember(own, [line for line in unknown if len(line) <= _MAX_HARMLESS_LENGTH])
        return False

    def _remember(self, own: _Own, lines: list[str]) -> None:
        # Most paths, headers and bodies come again and again.
        length = sum(map(len, lines)) + _BESIDE * len(lines)
        if self.remembered + length > MAX_REMEMBERED:
            for every in list(self._owned.values()):
                every.harmless.clear()
            self.remembered = 0
        own.harmless.update(lines)
        self.remembered += length

    def _seem_to_hold(self, words: list[bytes], own: _Own) -> bool:
        joined = b" ".join(words)
        pieces = _seen_pieces(joined.lower())
        if not (self._by_piece.keys().isdisjoint(pieces) and own.pieces.isdisjoint(pieces)):
            return True
        if _seem_coded(words):
            return True
        return next(_possible_tokens(words), None) is not None

    def _present(self, text: str, own: _Own) -> frozenset[str]:
        plain = decoded(text)
        # The quick look is only for what is regular.
        inner = list(coded_texts(plain)) if own.irregular or _seem_coded(_words(plain)) else []
        everything = "\n".join([*as_written(text, plain), *(hidden for _, hidden in inner)])
        pieces = _seen_pieces(everything.encode("utf-8", "surrogatepass").lower())
        regular = (value for piece in self._by_piece.keys() & pieces for value in self._by_piece[piece])
        present = present_in({*regular, *own.values, *self._foreign_tokens(everything)}, everything)
        # No value is in most texts.
        return present and present | coded_words(present, inner)

    def _foreign_tokens(self, text: str) -> Iterator[str]:
        possible = list(dict.fromkeys(_possible_tokens(_words(text))))[:_MAX_FOREIGN_TOKENS]
        written = list(dict.fromkeys([*possible, *(token.lower() for token in possible)]))
        return (row[0] for row in _TOKENS_AMONG.all(self._database.read(), written))

    def _own(self, account_id: str | None) -> _Own:
        self._prove(account_id)
        own = self._owned.get(account_id)
        if own is None:
            if len(self._owned) >= _MAX_OWNERS:
                self._forget_owned()
            own = self._owned[account_id] = self._read_own(account_id)
        return own

    def _prove(self, account_id: str | None) -> None:
        """Let nothing be remembered that may be outdated."""
        shared = self._database.cache_version
        if shared is None:
            if not self._is_current:
                self._look_up([account_id])
            return
        # The number that all processes share is read before what it is the proof for.
        version = shared.with_issued()
        if version != self._valid_for:
            self._refresh(_ACCOUNTS.all(self._database.read(), {}))
            self._forget_owned()
            self._valid_for = version

    def _look_up(self, account_ids: Iterable[str | None]) -> None:
        connection, issued = self._database.read(), dict[str, Result]()
        for account_id in {account_id for account_id in account_ids if account_id is not None}:
            _TOKENS.ahead(connection, {"account": account_id}, partial(issued.__setitem__, account_id))
        if self._refresh(_ACCOUNTS_ON_SERVER.all(connection, {})) or len(self._owned) >= _MAX_OWNERS:
            self._forget_owned()
        for account_id, result in issued.items():
            tokens_now = tuple(row[0] for row in result.rows)
            own = self._owned.get(account_id)
            if own is None or own.tokens != tokens_now:
                self._owned[account_id] = self._own_of(account_id, tokens_now)

    def _forget_owned(self) -> None:
        self._owned, self.remembered = {}, 0

    def _read_own(self, account_id: str | None) -> _Own:
        rows = [] if account_id is None else _TOKENS.all(self._database.read(), {"account": account_id})
        return self._own_of(account_id, tuple(row[0] for row in rows))

    def _own_of(self, account_id: str | None, issued: tuple[str, ...]) -> _Own:
        regular = [token for token in issued if _REGULAR.fullmatch(token)]
        set_for_it = (*self._always, *self._irregular.get(account_id or "", ()))
        irregular = (*set_for_it, *(token for token in issued if not _REGULAR.fullmatch(token)))
        pieces = frozenset(piece for token in regular for piece in _pieces(token))
        return _Own(issued, (*regular, *irregular), irregular, pieces)

    def _refresh(self, rows: Sequence[Row]) -> bool:
        """Read what is new of accounts, of which these are all there are; whether anything is."""
        present = {tuple(row): row[0] for row in rows}
        if present.keys() == self._secrets.keys():
            return False
        for gone in self._secrets.keys() - present.keys():
            self._forget(self._secrets.pop(gone))
            self._irregular.pop(gone[0], None)
        for account in present.keys() - self._secrets.keys():
            values = frozenset(self._read_secrets(account[0]))
            regular = frozenset(filter(_REGULAR.fullmatch, values))
            self._secrets[account], self._irregular[account[0]] = regular, tuple(values - regular)
            self._add(regular)
        return True

    def _read_secrets(self, account_id: str) -> Iterator[str]:
        connection = self._database.read()
        for _, content in _CREDENTIALS.all(connection, {"account": account_id}):
            yield from (value for value in _secret(orjson.loads(content), _SECRET_NAMES) if len(value) >= _BEGINNING)
        for row in _SETTINGS.all(connection, {"account": account_id}):
            for values in orjson.loads(row[0]).values():
                yield from _secret(values, self._names)

    def _add(self, values: Iterable[str]) -> None:
        for value in values:
            self._count[value] += 1
            for piece in _pieces(value):
                self._by_piece.setdefault(piece, set()).add(value)

    def _forget(self, values: Iterable[str]) -> None:
        # Accounts may have values in common: those of the settings.
        for value in values:
            self._count[value] -= 1
            if self._count[value]:
                continue
            del self._count[value]
            for piece in _pieces(value):
                self._by_piece[piece].discard(value)
                if not self._by_piece[piece]:
                    del self._by_piece[piece]


def _words(text: str) -> list[bytes]:
    apart = text.encode("utf-8", "surrogatepass").translate(_APART)
    return [word for word in apart.split() if len(word) >= _BEGINNING]


def _seem_coded(words: list[bytes]) -> bool:
    coded = [word for word in words if len(word) >= MIN_CODED_WORD]
    return bool(coded) and may_hold_coded(b" ".join(coded))


def _seen_pieces(text: bytes) -> list[bytes]:
    return [text[start : start + _PIECE] for start in range(0, len(text) - _PIECE + 1, _STEP)]


def _pieces(value: str) -> set[bytes]:
    beginning = value[:_BEGINNING].lower().encode()
    return {beginning[start : start + _PIECE] for start in range(_STEP)}


def _possible_tokens(words: list[bytes]) -> Iterator[str]:
    for word in words:
        # Cheaper than the expression, which tries every letter.
        if len(word) >= _MIN_OPAQUE or (len(word) >= _UUID_LENGTH and word.count(b"-") >= _UUID_HYPHENS):
            yield from _TOKEN.findall(word.decode())


def _secret(values: Mapping[str, Any], names: frozenset[str]) -> Iterator[str]:
    for name, value in values.items():
        if name in names and isinstance(value, str) and len(value) >= MIN_SECRET_LENGTH:
            yield value
