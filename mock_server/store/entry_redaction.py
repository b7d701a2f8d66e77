"""Takes secrets out of the journal's entries, wherever a client has put them."""

import functools
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from itertools import islice
from string import ascii_letters, digits

from bodydouble.contracts.core.late_dataclass import dataclass
from bodydouble.contracts.core.wire import WireRequest, WireResponse
from bodydouble.contracts.model.violation import Violation
from bodydouble.contracts.redaction.body_encoding import UnreadableBodyError, body_text
from bodydouble.contracts.redaction.exchange import secrets_of
from bodydouble.contracts.redaction.fields import MAX_DECODED, REPLACEMENT, FieldRedactor
from bodydouble.contracts.redaction.recorded_exchange import RecordedExchange
from bodydouble.contracts.redaction.secret_names import EVIDENT_NAMES, spellings
from bodydouble.contracts.redaction.value_forms import decoded, present_in, without_value

# What may be a credential, where no contract says what stands there.
_CANDIDATE = re.compile(r"[A-Za-z0-9._~+%=-]{16,}")
_RANDOM = re.compile(r"[A-Za-z0-9._~+%=]{20,}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_LETTERS, _DIGITS = frozenset(ascii_letters), frozenset(digits)
# Words of a failed request, which are looked at; how much of a body that is no JSON is; and how much is shown of any.
_MAX_WORDS, _MAX_FORM, MAX_SHOWN = 200, 65_536, 20_000
_CODING_HEADERS = frozenset({"content-encoding", "content-type"})
# How many texts of each part of a message are remembered with what is shown of them, and of which length.
MAX_REMEMBERED, _MAX_REMEMBERED_LENGTH = 128, 1_000
# An issued value, in whatever form, is shorter. What may be a piece of one at the end is not shown.
_MARGIN = 1_000
# From a text, and whose it is, if that is known, to the issued values in it.
IssuedWithin = Callable[[str, str | None], frozenset[str]]


@dataclass(frozen=True, slots=True)
class Message:
    """What a client sent and got, as it came.

    Attributes:
        routed: whether the request was for an operation of the vendor.
        failed: whether the response is an error.
        account_id: whose request it is, or None if that is unknown.
    """

    vendor: str
    request: WireRequest
    response: WireResponse
    violations: tuple[Violation, ...]
    routed: bool
    failed: bool
    account_id: str | None = None


@dataclass(frozen=True, slots=True)
class ShownMessage:
    """The same without secrets."""

    path: str
    query: str
    headers: Mapping[str, str]
    request_body: str
    response_body: str
    violations: tuple[Violation, ...]


class _PartRedactor:
    """Takes what is secret by its name out of the parts of a message.

    Clients send the same paths, headers and bodies again and again, and get the same responses. What is shown of a part
    follows from its text and the names alone, so that a remembered one is right for ever.

    Args:
        redactor: has the names.
    """

    def __init__(self, redactor: FieldRedactor) -> None:
        self.violation = redactor.violation
        self.address = _remembering(redactor.query)
        self.request_body = _remembering(lambda body: redactor.body_text(body, limit=_MAX_FORM))
        self.response_body = _remembering(redactor.text)
        self._redactor, self._remembered_headers = redactor, functools.lru_cache(MAX_REMEMBERED)(self._of_items)

    def headers(self, headers: Mapping[str, str]) -> Mapping[str, str]:
        """What is shown of headers; not to be changed."""
        items = tuple(headers.items())
        if sum(map(len, headers.values())) + sum(map(len, headers)) > _MAX_REMEMBERED_LENGTH:
            return self._of_items(items)
        return self._remembered_headers(items)

    def _of_items(self, items: tuple[tuple[str, str], ...]) -> Mapping[str, str]:
        return _headers(self._redactor, dict(items))


def _remembering(redact: Callable[[str], str]) -> Callable[[str], str]:
    remembered = functools.lru_cache(MAX_REMEMBERED)(redact)
    return lambda text: remembered(text) if len(text) <= _MAX_REMEMBERED_LENGTH else redact(text)


class EntryRedactor:
    """Redacts what the journal shows.

    Args:
        redactors: by vendor.
        issued_within: what a text of an account holds of the tokens and secrets that the server has issued.
    """

    def __init__(self, redactors: Mapping[str, FieldRedactor], issued_within: IssuedWithin) -> None:
        self._parts = {name: _PartRedactor(redactor) for name, redactor in redactors.items()}
        self._issued_within = issued_within
        self._credentials = {name: redactor.of_credentials() for name, redactor in redactors.items()}
        names = [name for redactor in redactors.values() for name in redactor.names]
        # For what belongs to no operation: a client may have meant any vendor.
        self._any_vendor = FieldRedactor(spellings([*names, *EVIDENT_NAMES]))
        self._parts_of_any = _PartRedactor(self._any_vendor)

    def shown(self, message: Message) -> ShownMessage:
        """A message without secrets."""
        request = message.request
        parts = self._parts[message.vendor] if message.routed else self._parts_of_any
        body, unreadable = _text(request)
        response_body = message.response.body.decode("utf-8", "backslashreplace")
        shown = ShownMessage(
            path=parts.address(request.path),
            query=parts.address(request.query),
            headers=parts.headers(request.headers),
            request_body=unreadable or (body and parts.request_body(body)[: MAX_SHOWN + _MARGIN]),
            response_body=parts.response_body(response_body)[: MAX_SHOWN + _MARGIN],
            violations=tuple(map(parts.violation, message.violations)),
        )
        text = _haystack(shown)
        secrets = {*self._issued_within(text, message.account_id)}
        if message.failed or not message.routed:
            secrets.update(self._repeated(message, body[:_MAX_FORM], shown.request_body, text))
        return _without(shown, sorted(_standing_in(text, shown.violations, secrets), key=len, reverse=True))

    def _repeated(self, message: Message, body: str, shown_body: str, text: str) -> Iterator[str]:
        # A message may repeat what is secret elsewhere.
        credentials = self._credentials[message.vendor] if message.routed else self._any_vendor
        # A signature lists the headers that it covers; their names are no secrets.
        sent = message.request.headers
        yield from (
            secret for secret in secrets_of(credentials, _exchange(message, body)) if secret.lower() not in sent
        )
        # It may also repeat a body that is in no known form.
        words = dict.fromkeys(_CANDIDATE.findall(body[:MAX_SHOWN]))
        yield from (word for word in words if word not in shown_body)
        if not message.routed:
            yield from islice(filter(_looks_random, _RANDOM.findall(text)), _MAX_WORDS)


def _headers(redactor: FieldRedactor, headers: Mapping[str, str]) -> dict[str, str]:
    shown = redactor.headers(headers)
    together = "\n".join(shown.values())
    # Most headers have no pair of a name and a value.
    if "=" not in together and "%3" not in together:
        return shown
    return {name: redactor.query(text) for name, text in shown.items()}


def _text(request: WireRequest) -> tuple[str, str]:
    # The text of a body, or why there is none.
    if not request.body:
        return "", ""
    try:
        return body_text(request.body, request.headers, MAX_DECODED), ""
    except UnreadableBodyError as error:
        return "", f"[{len(request.body)} bytes: {error}]"


def _haystack(shown: ShownMessage) -> str:
    # Without the line breaks of headers that a client may have put there.
    texts = (shown.path, shown.query, *shown.headers, *shown.headers.values(), shown.request_body, shown.response_body)
    return "\n".join(filter(None, texts))


def _looks_random(word: str) -> bool:
    return not _DIGITS.isdisjoint(word) and not _LETTERS.isdisjoint(word)


def _exchange(message: Message, body: str) -> RecordedExchange:
    # When it was is of no interest here. The text of the body is plain already.
    headers = {name: text for name, text in message.request.headers.items() if name not in _CODING_HEADERS}
    request = replace(message.request, headers=headers, body=body.encode("utf-8", "surrogatepass"))
    return RecordedExchange(request, message.response, datetime.min.replace(tzinfo=UTC), 0.0)


def _standing_in(text: str, violations: tuple[Violation, ...], secrets: set[str]) -> set[str]:
    # Nearly all have been taken out by their names. To look for each in every text would take many times as long.
    if not secrets:
        return secrets
    said = (part for violation in violations for part in (str(violation.got), violation.pointer))
    everything = "\n".join([text, *said])
    return {secret for secret in secrets if secret in everything} | present_in(secrets, decoded(everything))


def _without(shown: ShownMessage, secrets: list[str]) -> ShownMessage:
    def plain(text: str) -> str:
        for secret in secrets:
            text = without_value(text, secret, REPLACEMENT)
        return text

    if not secrets:
        return shown
    return ShownMessage(
        plain(shown.path),
        plain(shown.query),
        {plain(name): plain(text) for name, text in shown.headers.items()},
        _plain_body(shown.request_body, plain),
        _plain_body(shown.response_body, plain),
        tuple(_plain_violation(violation, secrets) for violation in shown.violations),
    )


def _plain_body(text: str, plain: Callable[[str], str]) -> str:
    redacted = plain(text)
    return redacted if len(text) <= MAX_SHOWN else redacted[:-_MARGIN]


def _plain_violation(violation: Violation, secrets: list[str]) -> Violation:
    got, pointer = str(violation.got), violation.pointer
    for secret in secrets:
        if got != (got := without_value(got, secret, REPLACEMENT)):
            violation = replace(violation, got=REPLACEMENT)
        pointer = without_value(pointer, secret, REPLACEMENT)
    return violation if pointer == violation.pointer else replace(violation, pointer=pointer)
