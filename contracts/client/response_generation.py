"""Every kind of answer that an operation may give: successes, failures of any code, each documented error case."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import schemathesis
from hypothesis import strategies as st
from schemathesis.config import SchemathesisConfig

from bodydouble.contracts.client.hostile_headers import headers, required_headers
from bodydouble.contracts.core.json_mutations import CHANGES, changed, existing_dates, whole_numbers
from bodydouble.contracts.core.strict_json import JsonTextError, parse
from bodydouble.contracts.core.wire import WireResponse
from bodydouble.contracts.model.contract import Contract, ErrorCase, Operation
from bodydouble.contracts.model.derived_document import response_document
from bodydouble.contracts.model.inner_documents import encode
from bodydouble.contracts.model.response_classifier import FIRST_FAILING_STATUS, classify
from bodydouble.contracts.model.responses import ResponseContract
from bodydouble.contracts.model.validators import Validator

SUCCESS, FAILURE = "success", "failure"
MOST_CHANGES = 2
Headers = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of answer.

    Attributes:
        name: `success`, `failure` (of any code that the schema allows), or the name of an error case.
        answers: makes them.
        with_body: the answer of this kind that has a JSON document as its body, and headers; None if the contract does
            not allow it.
        headers: the plainest that an answer of this kind may have.
    """

    name: str
    responses: st.SearchStrategy[WireResponse]
    with_body: Callable[[Any, Headers], WireResponse | None]
    headers: Headers


@dataclass(frozen=True, slots=True)
class _Shape:
    """The answers of one HTTP status that succeed, or that fail."""

    name: str
    status: int
    failed: bool
    validator: Validator
    schema: Any


def kinds(contract: Contract, operation: Operation) -> tuple[Kind, ...]:
    """All kinds of answers of an operation."""
    shapes = list(_shapes(contract, operation))
    document = response_document(contract, {shape.name: shape.schema for shape in shapes})
    # A configuration of its own: what a project has set for schemathesis is about its endpoint, not about this.
    schema = schemathesis.openapi.from_dict(document, config=SchemathesisConfig())
    found: list[Kind] = []
    for status, response in operation.responses.items():
        if response.body is None and status.startswith("2"):
            found.append(_bodiless(int(status), response))
    for shape in shapes:
        bodies = (
            schema[f"/{shape.name}"]["POST"].as_strategy().map(lambda case: existing_dates(whole_numbers(case.body)))
        )
        response = operation.responses[str(shape.status)]
        found.append(_Maker(contract, operation, shape, response).kind(bodies))
        if shape.failed:
            cases = _cases(contract, operation, shape.status)
            found += [_Maker(contract, operation, shape, response, case).kind(bodies) for case in cases]
    return tuple(found)


def _bodiless(status: int, response: ResponseContract) -> Kind:
    responses = headers(response).map(lambda chosen: WireResponse(status, chosen))
    return Kind(SUCCESS, responses, lambda document, headers: None, required_headers(response))


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


class _Maker:
    """Makes answers of one shape out of documents.

    Args:
        response: the contract of answers of the shape's status.
        case: the error case that they all are; None for any answer of the shape.
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

    def kind(self, documents: st.SearchStrategy[Any]) -> Kind:
        """The kind of answers that are made out of such documents."""
        name = FAILURE if self._shape.failed else SUCCESS
        changes = st.lists(
            st.tuples(st.integers(0, 999), st.sampled_from(list(CHANGES.values()))), max_size=MOST_CHANGES
        )
        made: st.SearchStrategy[Any] = st.builds(self._answer, documents, changes, headers(self._response))
        responses = made.filter(lambda answer: answer is not None)
        named = name if self._case is None else self._case.name
        return Kind(named, responses, self._with_body, required_headers(self._response))

    def _answer(
        self, document: Any, chosen: list[tuple[int, Callable[[Any], Any]]], headers: Headers
    ) -> WireResponse | None:
        validator = self._shape.validator
        if self._case is not None and isinstance(document, dict):
            envelope = self._contract.envelope
            document = {**document, envelope.code: self._case.code, envelope.message: self._case.message}
        for start, change in chosen:
            document = changed(document, start, change, lambda one: validator.is_valid(encode(validator, one)))
        return self._with_body(encode(validator, document), headers)

    def _with_body(self, content: Any, headers: Headers) -> WireResponse | None:
        if not self._shape.validator.is_valid(content):
            return None
        try:
            body = json.dumps(content, ensure_ascii=False).encode()
            parse(body)
        except (UnicodeEncodeError, JsonTextError):
            return None
        response = WireResponse(self._shape.status, headers, body)
        outcome = classify(self._contract, response, self._operation)
        if outcome.failed != self._shape.failed or (self._case is not None and outcome.code != self._case.code):
            return None
        return response
