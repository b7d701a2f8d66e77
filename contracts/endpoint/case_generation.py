"""Hooks of schemathesis in addition to the specification, so that more of its requests succeed.

Two things. It sees JSON documents inside strings as JSON, and they are put into their strings just before a
request is sent: so it also generates, and mutates, the inner documents. And part of the valid requests gets values that
exist at the endpoint: ids of its catalogue, the specification's example, the fields of a signature.
"""

import random
from collections.abc import Callable, Container, Iterator, Mapping
from copy import deepcopy
from functools import partial
from itertools import count
from typing import Any
from urllib.parse import urlencode

from hypothesis import strategies as st
from schemathesis import APIOperation, BaseSchema, HookContext

from bodydouble.contracts.core.json_mutations import whole_numbers
from bodydouble.contracts.endpoint.options import KnownValues
from bodydouble.contracts.endpoint.schemathesis_adapter import (
    AnyCase,
    add_hook,
    boundary_test,
    change_generated,
    definition_of,
    is_valid,
)
from bodydouble.contracts.endpoint.small_bodies import SmallBodies, violates_contract
from bodydouble.contracts.model.contract import Contract, Operation
from bodydouble.contracts.model.derived_document import request_document
from bodydouble.contracts.model.inner_documents import open_request

# One of this many sets of generated parameters gets no known values.
_ONE_UNCHANGED_OF = 8
# Bytes; servers and gateways refuse longer request lines with a response of their own.
MAX_QUERY_LENGTH = 32_000
_SEEDS = st.integers(0, 2**32 - 1)


def derived_document(contract: Contract, *, small: bool = False) -> dict[str, Any]:
    """The specification as requests are generated from it.

    Args:
        small: for small bodies; see bodydouble.contracts.endpoint.small_bodies.
    """
    derived = request_document(contract)
    if small:
        bodies = SmallBodies(derived.resolve)
        derived.change_body_schemas(bodies.body)
        derived.add_schemas(bodies.copies)
    return derived.content


def fits_request_line(case: AnyCase) -> bool:
    """Whether the query of a case is short enough for any server to read it; longer ones say nothing of a contract."""
    query = case.query
    return not isinstance(query, Mapping) or len(urlencode(query, doseq=True)) <= MAX_QUERY_LENGTH


class RealisticCases:
    """Gives generated cases values that exist at the endpoint: most parameters, and half of the bodies.

    What a case is about stays as it is: what is invalid, and the one parameter whose limits a coverage case tries.

    Args:
        contract: whose cases.
        known: values that exist, by the name of the field or parameter that they fit (`id`), or by that name in one
            operation only (`getVideo.id`).
        signed_values: fields that authenticate the caller, for the operations that are signed by such fields.
    """

    def __init__(
        self, contract: Contract, known: KnownValues, signed_values: Callable[[Operation], Mapping[str, str]]
    ) -> None:
        self._contract = contract
        self._known = known
        self._signed_values = signed_values
        self._turns = count()
        self._strategies: dict[tuple[str, st.SearchStrategy[Any]], st.SearchStrategy[Any]] = {}

    def register(self, schema: BaseSchema) -> None:
        """Register the hooks with a schema."""
        # Of a step of a stateful test, only what comes from no earlier response passes through the hooks of parameters.
        for place in ("path_parameters", "query", "headers"):
            add_hook(schema, f"before_generate_{place}", self._among_parameters)
        add_hook(schema, "before_generate_case", self._among_cases)
        add_hook(schema, "filter_case", lambda context, case: violates_contract(case) and fits_request_line(case))
        # The cases of the other phases come from no strategy.
        add_hook(schema, "before_add_examples", self._among_examples)
        add_hook(schema, "map_case", self._covering)

    def _among_parameters(self, context: HookContext, strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
        # Asked for anew with every case: a strategy that is there already need not be validated once more.
        operation = self._operation(context.operation)
        key = (operation.id, strategy)
        if key not in self._strategies:
            self._strategies[key] = _changed_by_chance(strategy, partial(self._parameters, operation))
        return self._strategies[key]

    def _parameters(self, operation: Operation, generated: Any, seed: int) -> Any:
        if seed % _ONE_UNCHANGED_OF == 0:
            return generated
        chance = random.Random(seed)
        return change_generated(generated, lambda values, invalid: self._filled(operation, values, chance, invalid))

    def _among_cases(self, context: HookContext, strategy: st.SearchStrategy[AnyCase]) -> st.SearchStrategy[AnyCase]:
        # The extra draw lets operations without any input run more than once.
        return _changed_by_chance(strategy, self._case)

    def _among_examples(self, context: HookContext, examples: list[AnyCase]) -> None:
        for case in examples:
            self._fill_parameters(case, random.Random(next(self._turns)))

    def _covering(self, context: HookContext, case: AnyCase) -> AnyCase:
        test = boundary_test(case)
        if test is not None:
            spared = () if test.parameter is None else (test.parameter,)
            self._fill_parameters(case, random.Random(next(self._turns)), spared)
        return case

    def _case(self, case: AnyCase, seed: int) -> AnyCase:
        if not is_valid(case):
            return case
        # JSON's 2.0 is an integer, but a parameter's text has no such reading.
        for container in (case.path_parameters, case.query):
            container.update(whole_numbers(dict(container)))
        if seed % 2:
            return case
        chance = random.Random(seed)
        operation = self._operation(case.operation)
        signed = self._signed_values(operation)
        # Into the bodies of stateful tests, values of earlier responses are put later.
        if isinstance(case.body, dict):
            body = self._filled_body(operation, case.body, chance)
            case.body = {**body, **{name: value for name, value in signed.items() if name in body}}
        else:
            case.query.update(signed)
        return case

    def _operation(self, operation: APIOperation[Any, Any, Any, Any] | None) -> Operation:
        if operation is None:
            raise TypeError("a hook of cases was called for no operation")
        return self._contract.operations[definition_of(operation)["operationId"]]

    def _fill_parameters(self, case: AnyCase, chance: random.Random, spared: Container[str | None] = ()) -> None:
        operation = self._operation(case.operation)
        for container in (case.path_parameters, case.query, case.headers):
            container.update(self._filled(operation, container, chance, spared))

    def _filled(
        self, operation: Operation, values: Any, chance: random.Random, spared: Container[str | None] = ()
    ) -> Any:
        # There may be no container at all, and an invalid container may be of another type.
        if not isinstance(values, Mapping):
            return values
        return {
            name: value if name in spared else self._value(operation, name, value, chance)
            for name, value in values.items()
        }

    def _filled_body(self, operation: Operation, generated: Mapping[str, Any], chance: random.Random) -> dict[str, Any]:
        body = dict(generated)
        examples = list(_examples(operation))
        if examples:
            example = chance.choice(examples)
            body.update({name: deepcopy(value) for name, value in example.items() if name in body})
        return {name: self._value(operation, name, value, chance) for name, value in body.items()}

    def _value(self, operation: Operation, name: str, value: Any, chance: random.Random) -> Any:
        known = self._known.get(f"{operation.id}.{name}", self._known.get(name))
        if known is not None:
            return chance.choice(known)
        if isinstance(value, dict):
            return {key: self._value(operation, key, item, chance) for key, item in value.items()}
        if isinstance(value, list):
            return [self._value(operation, "", item, chance) for item in value]
        return value


@st.composite
def _changed_by_chance(draw: st.DrawFn, strategy: st.SearchStrategy[Any], change: Callable[[Any, int], Any]) -> Any:
    # Not mapped: a mapped strategy draws three times what cannot be drawn, and one inside another nine times.
    return change(draw(strategy), draw(_SEEDS))


def _examples(operation: Operation) -> Iterator[dict[str, Any]]:
    for example in operation.request_body.examples if operation.request_body is not None else ():
        if isinstance(example, dict):
            yield open_request(operation, example)
