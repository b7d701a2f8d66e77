"""Selects the boundary tests of schemathesis that are sent: each value and each fault once, not in all mixtures.

schemathesis tries them again beside every optional parameter, and in every branch of every `oneOf` around them: the
number of requests grows with the product of these, and ten thousand requests show nothing that a thousand do not.
Mixtures belong to the fuzzing phase.
"""

import json
import re
from collections.abc import Iterator
from itertools import count
from typing import Any

from schemathesis import BaseSchema

from bodydouble.contracts.endpoint.schemathesis_adapter import (
    BODY,
    INCORRECT_TYPE,
    INVALID_ENUM_VALUE,
    VALID_OBJECT,
    AnyCase,
    BoundaryTest,
    add_hook,
    boundary_test,
    operation_id,
)
from bodydouble.contracts.model.contract import Contract, Operation
from bodydouble.contracts.model.parameters import Parameter

# A field of two types still has four others.
_FIRST_WRONG_TYPES = 3
_OUTSIDE_A_LIST = (INVALID_ENUM_VALUE, INCORRECT_TYPE)
# How schemathesis says in which field of a body it tries a value.
_INTO_FIELD = re.compile(r"Object with valid '(.+)' value")
_INTO_LIST = "Single-item array"


class CoverageFilter:
    """Keeps the boundary tests of an operation to trying each value, and breaking each field in each way, once.

    schemathesis also sends every type of JSON for a parameter that is a text of a list: on the wire all are texts
    outside it. And it sends all five or six wrong types for every field of a JSON document, however deep: two for each
    show as much, if they differ from field to field.

    Args:
        contract: whose operations are tested.
    """

    def __init__(self, contract: Contract) -> None:
        self._contract = contract
        self._seen: set[tuple[str, ...]] = set()
        self._wrong_types: dict[tuple[str, str], Iterator[bool]] = {}

    def register(self, schema: BaseSchema) -> None:
        """Register the filter with a schema."""
        add_hook(schema, "filter_case", lambda context, case: self.includes(case))

    def includes(self, case: AnyCase) -> bool:
        """Whether a case tries or breaks something as no case before it did; true for any other case."""
        test = boundary_test(case)
        if test is None:
            return True
        operation = self._contract.operations[operation_id(case)]
        if test.valid:
            tried = _tried(case.body, test) if test.location == BODY else None
            return tried is None or self._is_new(operation.id, test.description, tried)
        return test.malformed or test.location is None or self._includes_fault(operation, test, test.location)

    def _includes_fault(self, operation: Operation, test: BoundaryTest, location: str) -> bool:
        if location == BODY:
            return test.scenario != INCORRECT_TYPE or self._includes_type(operation, test.field)
        declared = _declared(operation, location, test.parameter)
        if test.scenario == INCORRECT_TYPE and declared is not None and declared.holds_json:
            return self._includes_type(operation, test.description)
        return self._is_new(operation.id, location, str(test.parameter), _fault(test, declared))

    def _is_new(self, *key: str) -> bool:
        known = key in self._seen
        self._seen.add(key)
        return not known

    def _includes_type(self, operation: Operation, field: str | None) -> bool:
        place = (operation.id, str(field))
        if place not in self._wrong_types:
            first = len(self._wrong_types) % _FIRST_WRONG_TYPES
            self._wrong_types[place] = (index in (first, first + 1) for index in count())
        return next(self._wrong_types[place])


def _tried(body: Any, test: BoundaryTest) -> str | None:
    """The value that a valid body is about: of an object, which fields it has; None if that cannot be told."""
    if test.scenario != VALID_OBJECT:
        return None
    for step in test.description.split(": ")[:-1]:
        field = _INTO_FIELD.fullmatch(step)
        if field is not None and isinstance(body, dict) and field[1] in body:
            body = body[field[1]]
        elif step == _INTO_LIST and isinstance(body, list) and body:
            body = body[0]
        else:
            return None
    return json.dumps(sorted(body) if isinstance(body, dict) else body)


def _fault(test: BoundaryTest, declared: Parameter | None) -> str:
    """What is wrong about a parameter, as far as it differs on the wire."""
    if test.parameter is None:
        return test.scenario
    is_text = declared is not None and "string" in declared.types and not declared.holds_json
    if test.scenario in _OUTSIDE_A_LIST and is_text:
        return INVALID_ENUM_VALUE
    return test.description if test.value is None else test.value


def _declared(operation: Operation, location: str, name: str | None) -> Parameter | None:
    return next(
        (parameter for parameter in operation.parameters if (parameter.location, parameter.name) == (location, name)),
        None,
    )
