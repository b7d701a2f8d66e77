"""The fast validators agree with the reference implementation, on every schema that the contracts compile."""

import re
from collections.abc import Iterator
from random import Random
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError
from jsonschema.protocols import Validator as ReferenceValidator
from jsonschema.validators import extend
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

from bodydouble.contracts.model import documents
from bodydouble.contracts.model.loader import load_contract
from bodydouble.contracts.model.responses import Body
from bodydouble.contracts.model.validators import Validator
from tests.support.instances import Instances

SEED = 20250310
# Values for each schema.
VALUES = 120


def ecma_pattern(
    validator: ReferenceValidator, pattern: str, instance: object, schema: object
) -> Iterator[ValidationError]:
    """JSON Schema's patterns are ECMAScript's: there `$` is the end only, in Python also before a last line feed."""
    if isinstance(instance, str) and not re.search(re.sub(r"(?<!\\)\$", r"\\Z", pattern), instance):
        yield ValidationError(f"{instance!r} does not match {pattern!r}")


REFERENCE: type[Any] = extend(Draft202012Validator, {"pattern": ecma_pattern})


def compiled(name: str) -> dict[str, Validator]:
    """Every validator of a contract, by the place of its schema."""
    contract = load_contract(name)
    bodies: list[Body | None] = []
    validators: list[Validator] = []
    for operation in contract.operations.values():
        validators += [parameter.validator for parameter in operation.parameters]
        bodies += [operation.request_body, *(response.body for response in operation.responses.values())]
    for callback in contract.callbacks.values():
        validators += [callback.request, *(parameter.validator for parameter in callback.parameters)]
        bodies += [response.body for response in callback.acknowledgements.values()]
    validators += [validator for body in bodies if body is not None for validator in body.validators.values()]
    for validator in validators:
        validators += [inner.validator for inner in validator.inner if inner.validator not in validators]
    return {validator.location: validator for validator in validators}


@pytest.mark.parametrize("name", documents.names())
def test_the_fast_validator_agrees_with_the_reference_one(name: str) -> None:
    document = documents.load(name)
    registry = Registry().with_resource(
        document.uri, Resource.from_contents(document.content, default_specification=DRAFT202012)
    )
    instances = Instances(document, Random(SEED))
    validators = compiled(name)
    decided = {True: 0, False: 0}
    one_sided = []
    for location, validator in validators.items():
        reference = REFERENCE({"$ref": document.uri + location}, registry=registry)
        seen = set()
        for value in instances.of(validator.schema, VALUES):
            expected = reference.is_valid(value)
            # Inner documents are this project's own addition; here the outer schema is compared.
            assert validator.outer_is_valid(value) is expected, f"{location}: {value!r}"
            seen.add(expected)
            decided[expected] += 1
        if len(seen) == 1:
            one_sided.append(location)
    contract = load_contract(name)
    assert len(validators) > len(contract.operations) + len(contract.callbacks)
    # Without values on both sides the agreement would say little.
    assert min(decided.values()) > sum(decided.values()) / 10, decided
    assert len(one_sided) < len(validators) / 4, one_sided
