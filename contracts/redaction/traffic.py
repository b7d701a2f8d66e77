"""Redacting the exchanges of one run: a credential that was seen in one exchange is redacted in all that follow."""

import re
import threading
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from bodydouble.contracts.core.json_mutations import leaves
from bodydouble.contracts.core.json_pointer import Path, pointer
from bodydouble.contracts.core.strict_json import JsonTextError, parse
from bodydouble.contracts.core.wire import WireRequest, WireResponse
from bodydouble.contracts.model.contract import Contract
from bodydouble.contracts.model.operation_matcher import Matcher
from bodydouble.contracts.model.schema_walk import SchemaWalker
from bodydouble.contracts.model.validators import Validator, ValidatorFactory
from bodydouble.contracts.model.violation import Violation
from bodydouble.contracts.redaction.exchange import ExchangeRedactor, compact, secrets_of
from bodydouble.contracts.redaction.fields import MIN_SECRET_LENGTH, FieldRedactor
from bodydouble.contracts.redaction.recorded_exchange import RecordedExchange
from bodydouble.contracts.redaction.secret_names import EVIDENT_NAMES, spellings
from bodydouble.contracts.redaction.value_forms import MIN_CODED_VALUE, everything_in, present_in

# Credentials of one run; the oldest are forgotten first.
MAX_CREDENTIALS = 2_000
# Cookies are redacted by the headers' names; pieces of them, such as `HttpOnly`, are no secrets elsewhere.
_COOKIES = frozenset({"cookie", "set-cookie"})
# What may be a credential, if nothing says what it is.
_TOKEN = re.compile(r"\S{16,}")


def traffic_fields(contract: Contract) -> FieldRedactor:
    """Knows the sensitive fields of a contract in every style of writing, and names that say that they hold secrets."""
    personal = [name for name, kind in contract.sensitive.items() if kind == "personal"]
    return FieldRedactor(spellings((*contract.sensitive, *EVIDENT_NAMES)), spellings(personal))


class TrafficRedactor:
    """Redacts the exchanges of one run; may be used by many threads.

    Args:
        contract: says which fields are sensitive, and where responses hold credentials.

    Attributes:
        fields: knows the sensitive names.
    """

    def __init__(self, contract: Contract) -> None:
        self.fields = traffic_fields(contract)
        self._matcher = Matcher(contract)
        self._walker = SchemaWalker(contract.schemas)
        self._credential_fields = FieldRedactor(_credential_names(contract))
        self._schemas = contract.schemas
        self._holding: dict[str, bool] = {}
        self._signature_headers = _signature_headers(contract)
        self._lock = threading.Lock()
        # In the order in which they were seen last.
        self._credentials: dict[str, None] = {}

    def of(self, exchange: RecordedExchange) -> ExchangeRedactor:
        """The redactor of the run's next exchange, whose credentials are remembered."""
        misplaced = frozenset(text for text in self._misplaced(exchange) if len(text) >= MIN_SECRET_LENGTH)
        self.remember(exchange)
        self._remember(filter(_TOKEN.fullmatch, misplaced))
        return ExchangeRedactor(self.fields, exchange, misplaced | self._known_in(exchange))

    def of_run(self, exchange: RecordedExchange) -> ExchangeRedactor:
        """The redactor of a text about an exchange, which may name any credential that is remembered."""
        with self._lock:
            return ExchangeRedactor(self.fields, exchange, frozenset(self._credentials))

    def remember(self, exchange: RecordedExchange) -> None:
        """Remember the credentials in the sensitive fields of an exchange."""
        self._remember(secrets_of(self._credential_fields, self._without_signatures(exchange)))

    def _remember(self, credentials: Iterable[str]) -> None:
        with self._lock:
            for credential in credentials:
                self._credentials.pop(credential, None)
                self._credentials[credential] = None
            while len(self._credentials) > MAX_CREDENTIALS:
                del self._credentials[next(iter(self._credentials))]

    def _known_in(self, exchange: RecordedExchange) -> frozenset[str]:
        with self._lock:
            known = tuple(self._credentials)
        if not known:
            return frozenset()
        text = everything_in(_all_text(exchange), short=any(len(text) < MIN_CODED_VALUE for text in known))
        # One pass through the text, however many credentials there are.
        beginnings, lower = {_beginning(credential) for credential in known}, text.lower()
        ends = range(MIN_SECRET_LENGTH, len(lower) + 1)
        seen = beginnings.intersection(lower[end - MIN_SECRET_LENGTH : end] for end in ends)
        return present_in((credential for credential in known if _beginning(credential) in seen), text)

    def _without_signatures(self, exchange: RecordedExchange) -> RecordedExchange:
        request = replace(exchange.request, headers=self._plain(exchange.request.headers))
        response = exchange.response
        if response is not None:
            response = replace(response, headers=self._plain(response.headers))
        return replace(exchange, request=request, response=response)

    def _plain(self, headers: Mapping[str, str]) -> dict[str, str]:
        return {name: value for name, value in headers.items() if name not in self._signature_headers | _COOKIES}

    def _misplaced(self, exchange: RecordedExchange) -> Iterator[str]:
        """Texts of a response that may hold credentials, where it has not the form in which they have their fields."""
        operation, response = self._matcher.match(exchange.request).operation, exchange.response
        contract = None if operation is None or response is None else operation.response(response.status)
        validator = None if contract is None or contract.body is None else contract.body.json
        if response is None or validator is None or not self._may_hold_credentials(validator):
            return
        try:
            body = parse(response.body)
        except JsonTextError:
            return
        walked = self._walker.walk(validator, body)
        undocumented = [pointer(annotated.path) for annotated in walked if not annotated.documented]
        # Where an object was expected, its fields would have told what is secret.
        shapeless = [error.pointer for error in validator.violations(body) if _is_shapeless(error)]
        for path, value in leaves(body):
            place = pointer(path)
            if isinstance(value, str) and (
                _within(place, shapeless) or (_TOKEN.fullmatch(value) and _within(place, undocumented))
            ):
                yield value

    def _may_hold_credentials(self, validator: Validator) -> bool:
        known = self._holding.get(validator.location)
        if known is None:
            names = _property_names(self._schemas, self._schemas.path_of(validator), set())
            known = self._holding[validator.location] = not names.isdisjoint(self._credential_fields.names)
        return known


def _is_shapeless(violation: Violation) -> bool:
    return violation.rule == "type" and ("object" in violation.expected or "array" in violation.expected)


def _within(place: str, places: list[str]) -> bool:
    return place in places or place.startswith(tuple(f"{outer}/" for outer in places))


def _property_names(schemas: ValidatorFactory, at: Path, seen: set[Path]) -> set[str]:
    node, real = schemas.node(at)
    if not isinstance(node, dict) or real in seen:
        return set()
    seen.add(real)
    properties = node.get("properties", {})
    below = [(*real, "properties", name) for name in properties]
    below += [(*real, name) for name in ("items", "additionalProperties", "contentSchema") if name in node]
    below += [
        (*real, combination, index)
        for combination in ("allOf", "anyOf", "oneOf")
        for index in range(len(node.get(combination, ())))
    ]
    return set(properties).union(*(_property_names(schemas, path, seen) for path in below))


def _credential_names(contract: Contract) -> frozenset[str]:
    secret = [name for name, kind in contract.sensitive.items() if kind == "secret"]
    return spellings((*secret, *EVIDENT_NAMES)) - spellings(_signature_names(contract))


def _signature_names(contract: Contract) -> Iterator[str]:
    yield from (scheme.parameter for scheme in contract.security_schemes.values() if scheme.signature is not None)
    for operation in contract.operations.values():
        if operation.signature is not None:
            yield operation.signature["signature"]["name"]


def _signature_headers(contract: Contract) -> frozenset[str]:
    schemes = contract.security_schemes.values()
    return frozenset(
        scheme.parameter.lower() for scheme in schemes if scheme.location == "header" and scheme.signature is not None
    )


def _all_text(exchange: RecordedExchange) -> str:
    messages: list[WireRequest | WireResponse] = [exchange.request]
    if exchange.response is not None:
        messages.append(exchange.response)
    texts = [exchange.request.path, exchange.request.query, exchange.failure]
    for message in messages:
        texts += [*message.headers, *message.headers.values(), _body_text(message.body)]
    return "\n".join(texts)


def _beginning(credential: str) -> str:
    return credential.lower()[:MIN_SECRET_LENGTH]


def _body_text(body: bytes) -> str:
    # Without unicode escapes, behind which a credential could hide.
    try:
        return compact(parse(body))
    except JsonTextError:
        return body.decode("utf-8", "replace")
