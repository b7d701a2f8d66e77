"""Every specification satisfies the rules of specs/README.md, and every vendor's example satisfies its schema."""

import json
from collections import Counter
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from bodydouble.contracts.core.json_pointer import lookup, pointer
from bodydouble.contracts.core.wire import WireRequest
from bodydouble.contracts.model import documents
from bodydouble.contracts.model.contract import Contract, Operation
from bodydouble.contracts.model.loader import load_contract
from bodydouble.contracts.model.responses import Body
from bodydouble.contracts.model.validators import Validator
from tests.support.schemas import content, schemas

NAMES = documents.names()
VENDORS = [name for name in NAMES if name != "control"]
JSON = "application/json"


@pytest.mark.parametrize("name", NAMES)
def test_it_is_openapi_3_1(name: str) -> None:
    assert content(name)["openapi"].startswith("3.1.")
    assert [error.message for error in OpenAPIV31SpecValidator(content(name)).iter_errors()] == []


@pytest.mark.parametrize("name", NAMES)
def test_it_is_json_as_well_as_yaml(name: str) -> None:
    assert json.loads(json.dumps(content(name))) == content(name)


@pytest.mark.parametrize("name", NAMES)
def test_every_operation_has_a_summary_and_a_cost(name: str) -> None:
    tags = {tag["name"] for tag in content(name)["tags"]}
    for operation in load_contract(name).operations.values():
        node = lookup(content(name), operation.pointer)
        assert node["summary"], operation.id
        assert node["description"], operation.id
        assert node["x-cost"] in ("free", "metered"), operation.id
        assert node["tags"], operation.id
        assert set(node["tags"]) <= tags, operation.id


@pytest.mark.parametrize("name", NAMES)
def test_every_property_and_parameter_is_described(name: str) -> None:
    document = documents.load(name)
    described: set[tuple[object, ...]] = set()
    all_fields: dict[tuple[object, ...], str] = {}
    for path, schema in schemas(name):
        for field, value in schema.get("properties", {}).items():
            resolved = document.resolve(value)
            parts = [value, resolved, *(document.resolve(part) for part in resolved.get("allOf", ()))]
            # A branch that only narrows a field need not describe it again: the whole schema does.
            key = (*path[:3], field)
            all_fields[key] = pointer((*path, "properties", field))
            if any(part.get("description") for part in parts):
                described.add(key)
    undescribed = [where for key, where in all_fields.items() if key not in described]
    contract = load_contract(name)
    for operation in contract.operations.values():
        undescribed += [
            f"{operation.id} {parameter.name}" for parameter in operation.parameters if not parameter.description
        ]
    assert undescribed == []


@pytest.mark.parametrize("name", NAMES)
def test_every_integer_of_64_bits_is_bounded(name: str) -> None:
    unbounded = [
        pointer(path)
        for path, schema in schemas(name)
        if schema.get("format") == "int64" and "enum" not in schema and not {"minimum", "maximum"} <= schema.keys()
    ]
    assert unbounded == []


@pytest.mark.parametrize("name", NAMES)
def test_discrepancies_are_numbered_without_a_gap(name: str) -> None:
    numbers = [discrepancy.id for discrepancy in load_contract(name).discrepancies]
    assert sorted(numbers) == list(range(1, len(numbers) + 1))


@pytest.mark.parametrize("name", ["aliyun-avatar", "guiji", "huawei-metastudio", "softsugar"])
def test_contradictions_in_a_vendors_document_have_decisions(name: str) -> None:
    assert load_contract(name).discrepancies


# Lifecycle and operation: an operation with a role in one lifecycle that also moves another lifecycle.
FOLLOWED = {"huawei-metastudio": {("asset", "Cancel2DDigitalHumanVideo")}}


@pytest.mark.parametrize("name", NAMES)
def test_an_operation_that_moves_a_lifecycle_has_a_role_that_allows_it(name: str) -> None:
    contract = load_contract(name)
    followed = set()
    for lifecycle in contract.lifecycles.values():
        for operation_id in {edge.by for edge in lifecycle.edges if edge.by is not None}:
            role = contract.operations[operation_id].role
            assert role is not None, operation_id
            assert role.role not in ("get", "list"), operation_id
            if role.lifecycle is not lifecycle:
                followed.add((lifecycle.name, operation_id))
    assert followed == FOLLOWED.get(name, set())


@pytest.mark.parametrize("name", NAMES)
def test_every_error_case_of_an_operation_has_a_declared_response(name: str) -> None:
    for operation in load_contract(name).operations.values():
        for case in operation.errors:
            assert operation.response(case.status) is not None, f"{operation.id}: {case.name} is {case.status}"


@pytest.mark.parametrize("name", VENDORS)
def test_every_create_links_to_the_operations_that_can_follow(name: str) -> None:
    contract = load_contract(name)
    unlinked = []
    for operation in contract.operations.values():
        if operation.role is None or operation.role.role != "create":
            continue
        responses = lookup(content(name), operation.pointer)["responses"]
        resolved = [documents.load(name).resolve(response) for response in responses.values()]
        links = [link for response in resolved for link in response.get("links", {}).values()]
        unlinked += [] if links else [operation.id]
        for link in links:
            target = documents.load(name).resolve(link)["operationId"]
            assert target in contract.operations, f"{operation.id} links to {target}"
    assert unlinked == []


def media_examples(name: str) -> Iterator[tuple[str, Validator, Any]]:
    """Every example of a media type or parameter, with the validator of its place."""
    contract = load_contract(name)
    for operation in contract.operations.values():
        node = lookup(content(name), operation.pointer)
        yield from body_examples(name, f"{operation.id} request", node.get("requestBody"), operation.request_body)
        for status, response in operation.responses.items():
            yield from body_examples(name, f"{operation.id} {status}", node["responses"][status], response.body)
        yield from parameter_examples(name, operation)
    for callback in contract.callbacks.values():
        node = lookup(content(name), callback.pointer)
        body = Body(True, {JSON: callback.request})
        yield from body_examples(name, f"{callback.id} request", node["requestBody"], body)
        for status, response in callback.acknowledgements.items():
            yield from body_examples(name, f"{callback.id} {status}", node["responses"][status], response.body)


def body_examples(name: str, where: str, holder: Any, body: Body | None) -> Iterator[tuple[str, Validator, Any]]:
    entry = (documents.load(name).resolve(holder) or {}).get("content", {}).get(JSON, {})
    if body is None or body.json is None:
        return
    if "example" in entry:
        yield where, body.json, entry["example"]
    for key, example in entry.get("examples", {}).items():
        yield f"{where} {key}", body.json, documents.load(name).resolve(example)["value"]


def parameter_examples(name: str, operation: Operation) -> Iterator[tuple[str, Validator, Any]]:
    document = documents.load(name)
    item = lookup(document.content, operation.pointer.rpartition("/")[0])
    node = lookup(document.content, operation.pointer)
    declared = [document.resolve(entry) for entry in (*item.get("parameters", ()), *node.get("parameters", ()))]
    by_place = {(entry["in"], entry["name"]): entry for entry in declared}
    for parameter in operation.parameters:
        entry = by_place[parameter.location, parameter.name]
        for holder in (entry, entry.get("schema", {}), *entry.get("content", {}).values()):
            if "example" in holder:
                yield f"{operation.id} {parameter.name}", parameter.validator, holder["example"]


@pytest.mark.parametrize("name", NAMES)
def test_every_example_in_the_specification_satisfies_its_schema_and_its_inner_documents_theirs(name: str) -> None:
    broken = {
        where: [str(violation) for violation in validator.violations(example)]
        for where, validator, example in media_examples(name)
        if not validator.is_valid(example)
    }
    assert broken == {}


@pytest.mark.parametrize("name", NAMES)
def test_every_request_body_has_an_example(name: str) -> None:
    with_example = {where for where, _, _ in media_examples(name)}
    for operation in load_contract(name).operations.values():
        if operation.request_body is not None and operation.request_body.json is not None:
            assert any(where.startswith(f"{operation.id} request") for where in with_example), operation.id


EXAMPLES = [
    pytest.param(name, entry, id=f"{name}-{entry['id']}")
    for name in VENDORS
    for entry in documents.read_yaml(name, "examples.yaml")
]


@pytest.mark.parametrize("name", VENDORS)
def test_the_documents_examples_have_ids_of_their_own_and_reasons_that_exist(name: str) -> None:
    entries = documents.read_yaml(name, "examples.yaml")
    assert [key for key, count in Counter(entry["id"] for entry in entries).items() if count > 1] == []
    reasons = {reason for entry in entries for reason in entry.get("invalid_because", ())}
    assert reasons <= {discrepancy.id for discrepancy in load_contract(name).discrepancies}


@pytest.mark.parametrize(("name", "entry"), EXAMPLES)
def test_an_example_of_the_vendors_document_satisfies_its_schema_or_is_a_listed_discrepancy(
    name: str, entry: dict[str, Any]
) -> None:
    violations = violations_of(load_contract(name), entry)
    if entry.get("invalid_because"):
        assert violations != []
    else:
        assert violations == []


def violations_of(contract: Contract, entry: dict[str, Any]) -> list[str]:
    """How an entry of examples.yaml breaks the contract."""
    if "url" not in entry:
        return [str(violation) for violation in validator_of(contract, entry).violations(entry["value"])]
    operation, url = contract.operations[entry["operation"]], urlsplit(entry["url"])
    request = WireRequest(entry["method"], url.path, url.query, {}, b"")
    path_values = operation.path_values(url.path)
    assert entry["method"] == operation.method
    assert path_values is not None, entry["url"]
    return [str(violation) for violation in operation.parse(request, path_values).violations]


def validator_of(contract: Contract, entry: dict[str, Any]) -> Validator:
    """The validator of the place that an entry of examples.yaml is an example of."""
    operation, callback = contract.operations.get(entry["operation"]), contract.callbacks.get(entry["operation"])
    body: Body | None
    if callback is not None:
        if entry["part"] == "request":
            return callback.request
        body = next(response.body for response in callback.acknowledgements.values())
    else:
        assert operation is not None, f"no operation is called {entry['operation']}"
        if entry["part"] == "request":
            body = operation.request_body
        else:
            response = operation.response(entry["status"])
            assert response is not None, entry
            body = response.body
    assert body is not None, entry
    assert body.json is not None, entry
    return body.json


@pytest.mark.parametrize("name", NAMES)
def test_patterns_mean_the_same_in_every_dialect_of_regular_expressions(name: str) -> None:
    # Which characters these stand for, beyond ASCII, differs between ECMAScript, Python and Rust.
    vague = [pointer(path) for path, schema in schemas(name) if {r"\s", r"\S", r"\w", r"\d"} & tokens(schema)]
    assert vague == []


def tokens(schema: dict[str, Any]) -> set[str]:
    pattern = schema.get("pattern", "")
    return {pattern[index : index + 2] for index in range(len(pattern))} if isinstance(pattern, str) else set()


def selectors(name: str) -> list[tuple[str, str, list[dict[str, Any]]]]:
    """Of every path with a fragment: the name and the value that it says, and the parameters with that value."""
    fields = []
    for path, item in content(name)["paths"].items():
        if "#" in path:
            field, _, value = path.partition("#")[2].partition("=")
            fields.append(
                (field, value, [entry for entry in item["parameters"] if entry.get("schema", {}).get("const") == value])
            )
    return fields


@pytest.mark.parametrize("name", [name for name in NAMES if any("#" in path for path in content(name)["paths"])])
def test_what_a_fragment_distinguishes_is_sent_by_every_tool(name: str) -> None:
    # A fragment never leaves the client. Some tools send examples, some fill in the only member of an enum.
    for field, value, parameters in selectors(name):
        assert (field, "query") in {(entry["name"], entry["in"]) for entry in parameters}
        for entry in parameters:
            assert entry["example"] == value
            assert entry["schema"]["enum"] == [value]


@pytest.mark.parametrize("name", NAMES)
def test_a_parameter_that_has_but_one_value_shows_it_to_every_tool(name: str) -> None:
    document = documents.load(name)
    for operation in load_contract(name).operations.values():
        node = lookup(document.content, operation.pointer.rpartition("/")[0])
        for entry in map(document.resolve, node.get("parameters", ())):
            if "const" in entry.get("schema", {}):
                assert entry["example"] == entry["schema"]["const"]
                assert entry["schema"]["enum"] == [entry["example"]]
