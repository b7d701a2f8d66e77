"""Which of the boundary tests that schemathesis lists are sent: each value and each fault once, not in all mixtures.

schemathesis tries them again beside every optional parameter, and in every branch of every `oneOf` around them: the
number of requests grows with the product of these, and ten thousand requests hold nothing that a thousand do not.
Mixtures are the business of fuzzing.
"""

import json
import re
from collections.abc import Iterator, Mapping
from itertools import count
from typing import Any

from schemathesis.core.parameters import ParameterLocation
from schemathesis.generation.meta import REQUEST_SHAPE_PROBES, CoveragePhaseData, CoverageScenario
from schemathesis.schemas import BaseSchema

from bodydouble.contracts.endpoint.checks import AnyCase
from bodydouble.contracts.model.contract import Contract, Operation
from bodydouble.contracts.model.parameters import Parameter

# A field of two types still has four others.
_FIRST_WRONG_TYPES = 3
_OUTSIDE_A_LIST = (CoverageScenario.INVALID_ENUM_VALUE, CoverageScenario.INCORRECT_TYPE)
# How schemathesis says in which field of a body it tries a value.
_INTO_FIELD = re.compile(r"Object with valid '(.+)' value")
_INTO_LIST = "Single-item array"


class EachOnce:
    """Keeps the boundary tests of an operation to trying each value, and breaking each field in each way, once.

    schemathesis also sends every type of JSON for a parameter that is a text of a list: on the wire all are texts
    outside it. And it sends all five or six wrong types for every field of a JSON document, however deep: two for each
    tell as much, if they are others from field to field.

    Args:
        contract: whose operations are tested.
    """

    def __init__(self, contract: Contract) -> None:
        self._contract = contract
        self._seen: set[tuple[str, ...]] = set()
        self._wrong_types: dict[tuple[str, str], Iterator[bool]] = {}

    def register(self, schema: BaseSchema) -> None:
        """Let a schema's cases pass through here."""
        schema.hooks.register_hook_with_name(lambda context, case: self.wants(case), "filter_case")

    def wants(self, case: AnyCase) -> bool:
        """Whether a case tries or breaks something as no case before it did; true for any other case."""
        meta = case.meta
        if meta is None or not isinstance(meta.phase.data, CoveragePhaseData):
            return True
        data = meta.phase.data
        operation = self._contract.operations[case.operation.definition.raw["operationId"]]
        if meta.generation.mode.is_positive:
            tried = _tried(case.body, data) if data.parameter_location is ParameterLocation.BODY else None
            return tried is None or self._is_new(operation.id, data.description, tried)
        if data.scenario in REQUEST_SHAPE_PROBES or data.parameter_location is None:
            return True
        location = data.parameter_location
        if location is ParameterLocation.BODY:
            return data.scenario is not CoverageScenario.INCORRECT_TYPE or self._wants_type(operation, data.location)
        declared = _declared(operation, location, data.parameter)
        if data.scenario is CoverageScenario.INCORRECT_TYPE and declared is not None and declared.holds_json:
            return self._wants_type(operation, data.description)
        return self._is_new(operation.id, location.value, str(data.parameter), _way(case, data, location, declared))

    def _is_new(self, *key: str) -> bool:
        known = key in self._seen
        self._seen.add(key)
        return not known

    def _wants_type(self, operation: Operation, field: str | None) -> bool:
        place = (operation.id, str(field))
        if place not in self._wrong_types:
            first = len(self._wrong_types) % _FIRST_WRONG_TYPES
            self._wrong_types[place] = (index in (first, first + 1) for index in count())
        return next(self._wrong_types[place])


def _tried(body: Any, data: CoveragePhaseData) -> str | None:
    """The value that a valid body is about: of an object, which fields it has; None if that cannot be told."""
    if data.scenario is not CoverageScenario.VALID_OBJECT:
        return None
    for step in data.description.split(": ")[:-1]:
        field = _INTO_FIELD.fullmatch(step)
        if field is not None and isinstance(body, dict) and field[1] in body:
            body = body[field[1]]
        elif step == _INTO_LIST and isinstance(body, list) and body:
            body = body[0]
        else:
            return None
    return json.dumps(sorted(body) if isinstance(body, dict) else body)


def _way(case: AnyCase, data: CoveragePhaseData, location: ParameterLocation, declared: Parameter | None) -> str:
    if data.parameter is None:
        return data.scenario.value
    is_text = declared is not None and "string" in declared.types and not declared.holds_json
    if data.scenario in _OUTSIDE_A_LIST and is_text:
        return CoverageScenario.INVALID_ENUM_VALUE.value
    sent = case.get_container(location)
    return repr(sent.get(data.parameter)) if isinstance(sent, Mapping) else data.description


def _declared(operation: Operation, location: ParameterLocation, name: str | None) -> Parameter | None:
    return next((one for one in operation.parameters if (one.location, one.name) == (location.value, name)), None)
