"""What an operation, a callback and a contract say without their document."""

import pytest

from bodydouble.contracts.model.documents import SpecificationError
from bodydouble.contracts.model.loader import load_contract
from tests.support import specification


def test_security_is_on_the_operation_and_its_schemes_on_the_contract() -> None:
    contract = load_contract("aliyun-avatar")
    scheme = contract.security_schemes["acs3"]
    assert (scheme.type, scheme.location, scheme.parameter) == ("apiKey", "header", "Authorization")
    assert scheme.signature is not None
    assert scheme.signature["window"] == 900
    names = [[entry.name for entry in needed] for needed in contract.operations["SendText"].security]
    assert names == [["acs3"], ["rpc"]]


def test_an_operation_must_not_require_an_unknown_security_scheme() -> None:
    content = specification.content()
    content["paths"]["/things"]["post"]["security"] = [{"nothing": []}]
    with pytest.raises(SpecificationError, match="createThing: no security scheme nothing"):
        specification.contract(content)


def test_only_the_signer_fills_in_times_and_signatures() -> None:
    operation = load_contract("huawei-metastudio").operations["ListAssets"]
    assert ("header", "x-sdk-date") in operation.signer_parameters


def test_headers_of_one_value_are_constants() -> None:
    headers = load_contract("aliyun-avatar").operations["SendText"].constant_headers
    assert headers["x-acs-action"] == "SendText"


def test_examples_and_fields_are_those_of_the_specification() -> None:
    contract = specification.contract()
    create = contract.operations["createThing"]
    assert create.example_fields["name"] == "Ann"
    assert set(create.body_fields) == {"name", "script", "callbackUrl"}
    assert create.response_fields == {"code", "message", "data", "id"}
    token = contract.operations["getToken"]
    assert token.example_fields == {"appId": "a", "timestamp": "1", "sign": "s", "grant": "sign"}
    assert contract.token_operation is token


def test_links_lead_to_operations_of_the_contract() -> None:
    for vendor in ("guiji", "softsugar", "aliyun-avatar", "huawei-metastudio"):
        contract = load_contract(vendor)
        targets = {link.target for operation in contract.operations.values() for link in operation.links}
        assert targets
        assert targets <= contract.operations.keys()


def test_a_callback_has_an_example_that_satisfies_its_schema() -> None:
    for callback in load_contract("softsugar").callbacks.values():
        assert callback.request.violations(callback.example) == ()


def test_a_place_in_the_file_is_the_first_that_exists() -> None:
    contract = load_contract("guiji")
    file = "specs/guiji/openapi.yaml"
    assert contract.source("#/nowhere", "#/info/title", "#/info") == f"{file}#/info/title"
    assert contract.source("#/nowhere", "#/neither") == f"{file}#/neither"
