"""Turns a recording into examples for a specification: deduplicated by shape, redacted, valid."""

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from bodydouble.contracts.core.json_pointer import Path
from bodydouble.contracts.core.strict_json import JsonTextError, parse
from bodydouble.contracts.model import portable_yaml
from bodydouble.contracts.model.contract import Contract, Operation
from bodydouble.contracts.model.operation_matcher import Matcher
from bodydouble.contracts.model.response_classifier import ResponseClass, classify
from bodydouble.contracts.model.schema_walk import SchemaWalker
from bodydouble.contracts.model.validators import Validator
from bodydouble.contracts.redaction.exchange import ExchangeRedactor, compact, json_inside
from bodydouble.contracts.redaction.fields import REPLACEMENT
from bodydouble.contracts.redaction.recorded_exchange import RecordedExchange
from bodydouble.contracts.redaction.traffic import TrafficRedactor, traffic_fields

# Tried in place of a sensitive value, before the schema's own examples.
PLACEHOLDERS = (REPLACEMENT, "https://redacted.example.com/redacted", "redacted@example.com", "redacted")


@dataclass(frozen=True, slots=True)
class Example:
    """One entry of an examples.yaml; see specs/README.md.

    Attributes:
        part: `request` or `response`.
        status: of a response; None for a request.
    """

    id: str
    source: str
    operation: str
    part: str
    status: int | None
    value: Any

    def entry(self) -> dict[str, Any]:
        """The entry as it is written to the file."""
        head = {"id": self.id, "source": self.source, "operation": self.operation, "part": self.part}
        status = {} if self.status is None else {"status": self.status}
        return {**head, **status, "invalid_because": [], "value": self.value}


@dataclass(frozen=True, slots=True)
class RecordedExamples:
    """The examples of a recording, and what was left out.

    Attributes:
        examples: in the order in which they were recorded.
        repeated: number of bodies with the shape of an earlier example.
        invalid: bodies that violate the contract, as `operation part: violation`; they are drift, not examples.
        unredactable: bodies with a secret that no valid placeholder can replace, as `operation part: pointer`.
        unusable: number of exchanges without operation, or with a body that is truncated or not JSON.
    """

    examples: tuple[Example, ...]
    repeated: int
    invalid: tuple[str, ...]
    unredactable: tuple[str, ...]
    unusable: int

    def to_yaml(self) -> str:
        """The file's text."""
        entries = [example.entry() for example in self.examples]
        return "".join(portable_yaml.dump([entry]) for entry in entries)


class _Unredactable(ValueError):
    pass


def examples_from(contract: Contract, exchanges: Iterable[RecordedExchange], source: str) -> RecordedExamples:
    """Turn a recording into examples.

    Args:
        exchanges: of the recording, redacted or not.
        source: named as the source in each example.
    """
    collector = _Collector(contract, source)
    for exchange in exchanges:
        collector.add(exchange)
    return collector.result()


class _Collector:
    def __init__(self, contract: Contract, source: str) -> None:
        self._contract, self._source = contract, source
        self._matcher = Matcher(contract)
        self._redaction = _ValidRedaction(contract)
        self._traffic = TrafficRedactor(contract)
        self._shapes: set[str] = set()
        self._ids: dict[str, int] = {}
        self._examples: list[Example] = []
        self._invalid: dict[str, None] = {}
        self._unredactable: dict[str, None] = {}
        self._repeated = self._unusable = 0

    def result(self) -> RecordedExamples:
        return RecordedExamples(
            tuple(self._examples), self._repeated, tuple(self._invalid), tuple(self._unredactable), self._unusable
        )

    def add(self, exchange: RecordedExchange) -> None:
        operation = self._matcher.match(exchange.request).operation
        response = exchange.response
        if operation is None or response is None or not exchange.whole:
            self._unusable += 1
            return
        response_class = classify(self._contract, response, operation)
        redactor = self._traffic.of(exchange)
        # The body of a request that failed is no example.
        if operation.request_body is not None and operation.request_body.json is not None and not response_class.failed:
            self._unusable += not exchange.request_whole
            self._add_body(
                operation,
                "request",
                operation.request_body.json,
                exchange.request.body if exchange.request_whole else b"",
                response_class,
                redactor,
            )
        contract = operation.response(response.status)
        if contract is None:
            self._invalid[f"{operation.id} response: status {response.status} is not in the contract"] = None
        elif contract.body is not None and contract.body.json is not None:
            self._add_body(operation, "response", contract.body.json, response.body, response_class, redactor)

    def _add_body(
        self,
        operation: Operation,
        part: str,
        validator: Validator,
        body: bytes,
        response_class: ResponseClass,
        redactor: ExchangeRedactor,
    ) -> None:
        if not body:
            return
        try:
            value = parse(body)
        except JsonTextError:
            self._unusable += 1
            return
        status = response_class.status if part == "response" else None
        shape = json.dumps([operation.id, part, status, response_class.name if status else "", _shape(value)])
        if shape in self._shapes:
            self._repeated += 1
            return
        try:
            value = self._redaction.apply(validator, value, redactor)
        except _Unredactable as error:
            self._unredactable[f"{operation.id} {part}: {error}"] = None
            return
        if not validator.is_valid(value):
            violation = validator.violations(value)[0]
            self._invalid[f"{operation.id} {part}: {violation.field}: {violation.rule}"] = None
            return
        self._shapes.add(shape)
        name = self._id(operation, part, response_class)
        self._examples.append(Example(name, self._source, operation.id, part, status, value))

    def _id(self, operation: Operation, part: str, response_class: ResponseClass) -> str:
        failure = f"-{_words(response_class.name)}" if part == "response" and response_class.failed else ""
        stem = f"{_words(operation.id)}{failure}-{part}"
        self._ids[stem] = self._ids.get(stem, 0) + 1
        return f"recorded-{stem}" if self._ids[stem] == 1 else f"recorded-{stem}-{self._ids[stem]}"


def _words(name: str) -> str:
    """`listPublicAvatars` as `list-public-avatars`."""
    return re.sub(r"[^a-z0-9]+", "-", re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", name).lower()).strip("-")


def _shape(value: Any) -> Any:
    """Fields and types without texts and numbers: two values of one shape are examples of the same thing."""
    if isinstance(value, dict):
        return {name: _shape(item) for name, item in sorted(value.items())}
    if isinstance(value, list):
        return sorted({json.dumps(_shape(item)) for item in value})
    if isinstance(value, str) and (inner := json_inside(value)) is not None:
        return ["text", _shape(inner)]
    return type(value).__name__


class _ValidRedaction:
    """Replaces sensitive values by placeholders that their schemas allow: a valid value stays valid."""

    def __init__(self, contract: Contract) -> None:
        self._redactor = traffic_fields(contract)
        self._walker = SchemaWalker(contract.schemas)

    def apply(self, validator: Validator, instance: Any, redactor: ExchangeRedactor) -> Any:
        """An instance without secrets.

        Args:
            redactor: of the exchange, for secrets in fields that are not sensitive by name.

        Raises:
            _Unredactable: no placeholder fits; the message is the pointer.
        """
        placeholders: dict[Path, Any] = {}
        for annotated in self._walker.walk(validator, instance):
            name = annotated.path[-1] if annotated.path else None
            sensitive = name in self._redactor.names and annotated.value is not None
            if (sensitive or annotated.value == REPLACEMENT) and annotated.path not in placeholders:
                placeholders[annotated.path] = _placeholder(annotated.value, annotated.schemas, annotated.path)
        return self._rebuilt(instance, (), placeholders, redactor)

    def _field(self, name: str, value: Any, at: Path, placeholders: dict[Path, Any], redactor: ExchangeRedactor) -> Any:
        # Below an object without described fields, only the name tells that a field is sensitive.
        if at not in placeholders and name in self._redactor.names and value is not None:
            return REPLACEMENT
        return self._rebuilt(value, at, placeholders, redactor)

    def _rebuilt(self, value: Any, at: Path, placeholders: dict[Path, Any], redactor: ExchangeRedactor) -> Any:
        if at in placeholders:
            return placeholders[at]
        if isinstance(value, dict):
            return {name: self._field(name, item, (*at, name), placeholders, redactor) for name, item in value.items()}
        if isinstance(value, list):
            return [self._rebuilt(item, (*at, index), placeholders, redactor) for index, item in enumerate(value)]
        if isinstance(value, str):
            inner = json_inside(value)
            if inner is not None:
                return compact(self._rebuilt(inner, at, placeholders, redactor))
            return redactor.text(value)
        return value


def _placeholder(value: Any, schemas: tuple[Validator, ...], at: Path) -> Any:
    for candidate in _candidates(value, schemas):
        if all(schema.is_valid(candidate) for schema in schemas):
            return candidate
    raise _Unredactable("/".join(("", *map(str, at))))


def _candidates(value: Any, schemas: tuple[Validator, ...]) -> Iterator[Any]:
    yield from PLACEHOLDERS
    for schema in schemas:
        if isinstance(schema.schema, dict):
            yield from (schema.schema[key] for key in ("example", "default", "const") if key in schema.schema)
            yield from schema.schema.get("examples", ())
            yield from schema.schema.get("enum", ())
            yield schema.schema.get("minimum", 0)
    if isinstance(value, str):
        # The same form, none of the content.
        yield re.sub(r"[A-Z]", "X", re.sub(r"[a-z]", "x", re.sub(r"[0-9]", "0", value)))
        yield "0" * len(value)
    yield from ([], {})
