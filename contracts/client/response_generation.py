"""Every kind of response that an operation may give: successes, failures with any code, each documented error case."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import schemathesis
from hypothesis import strategies as st
from schemathesis.config import SchemathesisConfig

from bodydouble.contracts.client.hostile_headers import headers, required_headers
from bodydouble.contracts.core.json_mutations import CHANGES, changed, existing_dates, whole_numbers
from bodydouble.contracts.core.json_pointer import Path
from bodydouble.contracts.core.strict_json import JsonTextError, parse
from bodydouble.contracts.core.wire import WireResponse
from bodydouble.contracts.model.contract import Contract, ErrorCase, Operation
from bodydouble.contracts.model.derived_document import response_document
from bodydouble.contracts.model.inner_documents import encode, may_be_encoded_twice, opened
from bodydouble.contracts.model.response_classifier import FIRST_FAILING_STATUS, classify
from bodydouble.contracts.model.responses import ResponseContract
from bodydouble.contracts.model.schema_walk import SchemaWalker
from bodydouble.contracts.model.validators import Validator

SUCCESS, FAILURE = "success", "failure"
MAX_CHANGES = 2
Headers = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class ResponseKind:
    """One kind of response.

    Attributes:
        name: `success`, `failure` (with any code that the schema allows), or the name of an error case.
        responses: generates them.
        with_body: returns the response of this kind with a JSON document as its body, and with headers; None if the
            contract does not allow it.
        headers: the simplest headers that a response of this kind may have.
        members: the members of enumerations that a document may have, each with its path.
        described: the paths of what the contract describes in a document, inner documents apart.
        opened: a document with the JSON documents inside its strings as values.
        encoded: the inverse of that; each is encoded once.
    """

    name: str
    responses: st.SearchStrategy[WireResponse]
    with_body: Callable[[Any, Headers], WireResponse | None]
    headers: Headers
    members: Callable[[Any], list[tuple[Path, Any]]] = lambda document: []
    described: Callable[[Any], list[Path]] = lambda document: []
    opened: Callable[[Any], Any] = lambda document: document
    encoded: Callable[[Any], Any] = lambda document: document


@dataclass(frozen=True, slots=True)
class _Shape:
    """The responses with one HTTP status that succeed, or that fail."""

    name: str
    status: int
    failed: bool
    validator: Validator
    schema: Any


def response_kinds(contract: Contract, operation: Operation) -> tuple[ResponseKind, ...]:
    """All kinds of responses of an operation."""
    shapes = list(_shapes(contract, operation))
    document = response_document(contract, {shape.name: shape.schema for shape in shapes})
    # A configuration of its own: a project configures schemathesis for its own endpoint, not for this.
    schema = schemathesis.openapi.from_dict(document, config=SchemathesisConfig())
    kinds: list[ResponseKind] = []
    for status, response in operation.responses.items():
        if response.body is None and status.startswith("2"):
            kinds.append(_bodiless(int(status), response))
    for shape in shapes:
        bodies = (
            schema[f"/{shape.name}"]["POST"].as_strategy().map(lambda case: existing_dates(whole_numbers(case.body)))
        )
        response = operation.responses[str(shape.status)]
        kinds.append(_Generator(contract, operation, shape, response).kind(bodies))
        if shape.failed:
            cases = _cases(contract, operation, shape.status)
            kinds += [_Generator(contract, operation, shape, response, case).kind(bodies) for case in cases]
    return tuple(kinds)


def _bodiless(status: int, response: ResponseContract) -> ResponseKind:
    responses = headers(response).map(lambda chosen: WireResponse(status, chosen))
    return ResponseKind(SUCCESS, responses, lambda document, headers: None, required_headers(response))


def _shapes(contract: Contract, operation: Operation) -> Iterator[_Shape]:
    envelope = contract.envelope
    for name, response in operation.responses.items():
        if response.body is None or response.body.json is None or not name.isdigit():
            continue
        status, validator = int(name), response.body.json
        succeeds = {"required": [envelope.code], "properties": {envelope.code: {"enum": list(envelope.success)}}}
        if status >= FIRST_FAILING_STATUS or not envelope.success:
            failed = status >= FIRST_FAILING_STATUS
            yield _Shape(f"{name}-{failed}", status, failed, validator, validator.schema)
            continue
        yield _Shape(f"{name}-{False}", status, False, validator, {"allOf": [validator.schema, succeeds]})
        fails = {"required": [envelope.code], "properties": {envelope.code: {"not": {"enum": list(envelope.success)}}}}
        yield _Shape(f"{name}-{True}", status, True, validator, {"allOf": [validator.schema, fails]})


def _cases(contract: Contract, operation: Operation, status: int) -> list[ErrorCase]:
    possible = {case.name: case for case in (*operation.errors, *contract.conditions.values())}
    return [case for case in possible.values() if case.status == status]


class _Generator:
    """Turns documents into responses of one shape.

    Args:
        response: the contract of responses with the shape's status.
        case: the error case of all of them; None for any response of the shape.
    """

    def __init__(
        self,
        contract: Contract,
        operation: Operation,
        shape: _Shape,
        response: ResponseContract,
        case: ErrorCase | None = None,
    ) -> None:
        self._contract = contract
        self._operation = operation
        self._shape = shape
        self._response = response
        self._case = case

    def kind(self, documents: st.SearchStrategy[Any]) -> ResponseKind:
        """The kind of the responses with such documents."""
        changes = st.lists(
            st.tuples(st.integers(0, 999), st.sampled_from(list(CHANGES.values()))), max_size=MAX_CHANGES
        )
        again = st.booleans() if may_be_encoded_twice(self._shape.validator) else st.just(value=False)
        built: st.SearchStrategy[Any] = st.builds(self._built, documents, changes, headers(self._response), again)
        responses = built.filter(lambda response: response is not None)
        general = FAILURE if self._shape.failed else SUCCESS
        name = general if self._case is None else self._case.name
        validator = self._shape.validator
        return ResponseKind(
            name,
            responses,
            self._with_body,
            required_headers(self._response),
            self._members,
            self._described,
            lambda document: opened(validator, document),
            lambda document: encode(validator, document, again=False),
        )

    def _described(self, document: Any) -> list[Path]:
        walker = SchemaWalker(self._contract.schemas)
        return [
            entry.path
            for entry in walker.walk(self._shape.validator, document)
            if any(isinstance(schema.schema, dict) and schema.schema for schema in entry.schemas)
        ]

    def _members(self, document: Any) -> list[tuple[Path, Any]]:
        walker = SchemaWalker(self._contract.schemas)
        return [
            (entry.path, member)
            for entry in walker.walk(self._shape.validator, document)
            for schema in entry.schemas
            if isinstance(schema.schema, dict)
            for member in schema.schema.get("enum", ())
            if member != entry.value
        ]

    def _built(
        self, document: Any, chosen: list[tuple[int, Callable[[Any], Any]]], headers: Headers, again: bool
    ) -> WireResponse | None:
        validator = self._shape.validator
        if self._case is not None and isinstance(document, dict):
            envelope = self._contract.envelope
            document = {**document, envelope.code: self._case.code, envelope.message: self._case.message}
        for start, change in chosen:
            document = changed(
                document, start, change, lambda candidate: validator.is_valid(encode(validator, candidate))
            )
        return self._with_body(encode(validator, document, again=again), headers)

    def _with_body(self, content: Any, headers: Headers) -> WireResponse | None:
        if not self._shape.validator.is_valid(content):
            return None
        try:
            body = json.dumps(content, ensure_ascii=False).encode()
            parse(body)
        except (UnicodeEncodeError, JsonTextError):
            return None
        response = WireResponse(self._shape.status, headers, body)
        response_class = classify(self._contract, response, self._operation)
        if response_class.failed != self._shape.failed or (
            self._case is not None and response_class.code != self._case.code
        ):
            return None
        return response
