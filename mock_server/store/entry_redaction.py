"""Takes secrets out of the journal's entries, wherever a client has put them."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from bodydouble.contracts.core.wire import WireRequest, WireResponse
from bodydouble.contracts.model.violation import Violation
from bodydouble.contracts.redaction.exchange import secrets_of
from bodydouble.contracts.redaction.fields import REPLACEMENT, FieldRedactor
from bodydouble.contracts.redaction.recorded_exchange import RecordedExchange
from bodydouble.contracts.redaction.secret_names import EVIDENT_NAMES, spellings

# What may be a credential, and what looks like nothing else, where no contract says what stands there.
_CANDIDATE = re.compile(r"[A-Za-z0-9._~+%=-]{16,}")
_RANDOM = re.compile(
    r"(?=[^0-9]*[0-9])(?=[^A-Za-z]*[A-Za-z])[A-Za-z0-9._~+%=]{20,}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
)
# Of one request, which are looked at.
_MAX_TEXTS = 50
IsCredential = Callable[[str], bool]


@dataclass(frozen=True, slots=True)
class Message:
    """What a client sent and got, as it came.

    Attributes:
        routed: whether the request was for an operation of the vendor.
        failed: whether the response is an error.
    """

    vendor: str
    request: WireRequest
    response: WireResponse
    violations: tuple[Violation, ...]
    routed: bool
    failed: bool


@dataclass(frozen=True, slots=True)
class ShownMessage:
    """The same without secrets."""

    path: str
    query: str
    headers: Mapping[str, str]
    request_body: str
    response_body: str
    violations: tuple[Violation, ...]


class EntryRedactor:
    """Redacts what the journal shows.

    Args:
        redactors: by vendor.
        is_credential: whether a text is a token or a secret that the server has issued.
    """

    def __init__(self, redactors: Mapping[str, FieldRedactor], is_credential: IsCredential) -> None:
        self._redactors, self._is_credential = redactors, is_credential
        self._credentials = {name: redactor.of_credentials() for name, redactor in redactors.items()}
        names = [name for redactor in redactors.values() for name in redactor.names]
        # For what belongs to no operation: a client may have meant any vendor.
        self._any_vendor = FieldRedactor(spellings([*names, *EVIDENT_NAMES]))

    def shown(self, message: Message) -> ShownMessage:
        """A message without secrets."""
        request = message.request
        redactor = self._redactors[message.vendor] if message.routed else self._any_vendor
        shown = ShownMessage(
            path=redactor.query(request.path),
            query=redactor.query(request.query),
            headers={name: redactor.query(text) for name, text in redactor.headers(request.headers).items()},
            request_body=redactor.body(request.body, request.headers),
            response_body=redactor.text(message.response.body.decode("utf-8", "backslashreplace")),
            violations=tuple(map(redactor.violation, message.violations)),
        )
        if not message.failed:
            return shown
        # A message may repeat what is secret elsewhere, and a client that errs may have put it anywhere.
        credentials = self._credentials[message.vendor] if message.routed else self._any_vendor
        secrets = {*secrets_of(credentials, _exchange(message)), *self._misplaced(message)}
        return _without(shown, sorted(secrets, key=len, reverse=True))

    def _misplaced(self, message: Message) -> Iterator[str]:
        request = message.request
        texts = [*request.path.split("/"), *(value for _, value in request.query_pairs), *request.headers.values()]
        for text in texts[:_MAX_TEXTS]:
            if _CANDIDATE.fullmatch(text) and (
                (not message.routed and _RANDOM.fullmatch(text)) or self._is_credential(text)
            ):
                yield text


def _exchange(message: Message) -> RecordedExchange:
    # When it was is of no interest here.
    return RecordedExchange(message.request, message.response, datetime.min.replace(tzinfo=UTC), 0.0)


def _without(shown: ShownMessage, secrets: list[str]) -> ShownMessage:
    def plain(text: str) -> str:
        for secret in secrets:
            text = text.replace(secret, REPLACEMENT)
        return text

    return ShownMessage(
        plain(shown.path),
        plain(shown.query),
        {name: plain(text) for name, text in shown.headers.items()},
        plain(shown.request_body),
        plain(shown.response_body),
        tuple(_plain_violation(violation, secrets) for violation in shown.violations),
    )


def _plain_violation(violation: Violation, secrets: list[str]) -> Violation:
    shows_one = any(secret in str(violation.got) for secret in secrets)
    return replace(violation, got=REPLACEMENT) if shows_one else violation
