"""From a document to a contract."""

from collections.abc import Callable
from typing import Any

import pytest

from bodydouble.contracts.model.delivery import RetryRules
from bodydouble.contracts.model.documents import SpecificationError
from bodydouble.contracts.model.loader import load_contract
from tests.support import specification


def test_a_document_becomes_operations_callbacks_lifecycles_and_errors() -> None:
    contract = specification.contract()
    create = contract.operations["createThing"]
    assert (create.method, create.path, create.cost, create.public) == ("POST", "/things", "metered", False)
    assert create.role is not None
    assert (create.role.lifecycle.name, create.role.role) == ("thing", "create")
    assert [case.name for case in create.errors] == ["tokenInvalid"]
    assert contract.operations["getToken"].public
    callback, webhook = contract.callbacks["thingEnded"], contract.callbacks["notice"]
    assert (callback.operation, callback.expression) == ("createThing", "{$request.body#/callbackUrl}")
    assert (callback.delivery.timeout, callback.delivery.retries) == (5, (1, 2))
    assert (webhook.operation, webhook.expression) == (None, None)
    assert contract.conditions["invalid-parameter"].name == "invalidParameter"
    assert contract.sensitive == {"access_token": "secret"}
    assert contract.envelope.success == (0,)
    assert [discrepancy.id for discrepancy in contract.discrepancies] == [1]


def test_rules_for_retries_are_read() -> None:
    assert specification.contract().callbacks["notice"].delivery.retry_rules == RetryRules()
    content = specification.content()
    rules = {"jitter": 0.5, "after_timeout": [9], "after_429": [], "max_retry_after": 60}
    content["webhooks"]["notice"]["post"]["x-delivery"]["retry_rules"] = rules
    delivery = specification.contract(content).callbacks["notice"].delivery
    assert delivery.retry_rules == RetryRules(0.5, (9,), (), 60)


def rename(content: dict[str, Any]) -> None:
    content["paths"]["/things/{id}"]["get"]["operationId"] = "createThing"


def rename_callback(content: dict[str, Any]) -> None:
    content["webhooks"]["notice"]["post"]["operationId"] = "thingEnded"


def unbody_callback(content: dict[str, Any]) -> None:
    content["webhooks"]["notice"]["post"]["requestBody"]["content"] = {"text/plain": {"schema": {"type": "string"}}}


def repeat_a_condition(content: dict[str, Any]) -> None:
    content["x-errors"]["tokenInvalid"]["conditions"] = ["throttled"]


def leave_out_a_condition(content: dict[str, Any]) -> None:
    del content["x-errors"]["throttled"]["conditions"]


def create(change: Callable[[dict[str, Any]], object]) -> Callable[[dict[str, Any]], object]:
    return lambda content: change(content["paths"]["/things"]["post"])


def thing(change: Callable[[dict[str, Any]], object]) -> Callable[[dict[str, Any]], object]:
    return lambda content: change(content["x-lifecycles"]["thing"])


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (rename, "small: operationId 'createThing' is used twice"),
        (rename_callback, "small: operationId 'thingEnded' is used twice"),
        (unbody_callback, "callback notice has no JSON body"),
        (create(lambda node: node["x-lifecycle"].update(name="stuff")), "createThing: no lifecycle 'stuff'"),
        (create(lambda node: node["x-errors"].append("nothing")), r"createThing: no error cases \['nothing'\]"),
        (create(lambda node: node.update({"x-colour": "red"})), "x-colour: unknown extension"),
        (thing(lambda node: node["edges"][3].update(by="removeThing")), "no operation is called 'removeThing'"),
        (
            thing(lambda node: node["states"]["failed"].update(callback="thingLost")),
            "no callback is called 'thingLost'",
        ),
        (thing(lambda node: node.update(initial="begin")), "no state is called 'begin'"),
        (repeat_a_condition, "two error cases have the condition throttled"),
        (leave_out_a_condition, "no error case has throttled"),
        (lambda node: node.pop("x-envelope"), "x-envelope is missing"),
        (
            lambda node: node["x-discrepancies"][0].update(locations=["#/components/schemas/Nobody"]),
            "discrepancy 1: #/components/schemas/Nobody leads nowhere",
        ),
    ],
)
def test_a_document_that_breaks_a_rule_of_specs_readme_is_rejected(
    change: Callable[[dict[str, Any]], object], words: str
) -> None:
    content = specification.content()
    change(content)
    with pytest.raises(SpecificationError, match=words):
        specification.contract(content)


def test_parameters_of_a_path_item_count_for_each_of_its_operations_and_may_be_overridden() -> None:
    content = specification.content()
    item = content["paths"]["/things/{id}"]
    item["parameters"] = [
        {"name": "id", "in": "path", "required": True, "schema": {"type": "string"}},
        {"name": "X-Trace", "in": "header", "schema": {"type": "string"}},
        {"name": "session", "in": "cookie", "schema": {"type": "string"}},
    ]
    parameters = {
        parameter.name: parameter for parameter in specification.contract(content).operations["getThing"].parameters
    }
    assert set(parameters) == {"id", "X-Trace"}
    assert parameters["id"].types == {"integer"}


def test_a_fragment_distinguishes_the_operations_of_one_path() -> None:
    content = specification.content()
    content["paths"]["/#Action=Start"] = {"post": {"operationId": "start", "summary": "Start", "responses": {}}}
    operation = specification.contract(content).operations["start"]
    assert (operation.path, operation.routing) == ("/", "Action=Start")


def test_an_alternative_method_is_not_a_further_operation() -> None:
    content = specification.content()
    content["paths"]["/token"]["get"]["x-alternative-methods"] = ["post", "put"]
    contract = specification.contract(content)
    assert contract.operations["getToken"].methods == ("GET", "POST", "PUT")
    assert len(contract.operations) == len(specification.contract().operations)
    content["paths"]["/things/{id}"]["get"]["x-alternative-methods"] = ["delete"]
    with pytest.raises(SpecificationError, match="getThing: delete is an operation of its own"):
        specification.contract(content)


@pytest.mark.parametrize("vendor", ["guiji", "huawei-metastudio"])
def test_what_operations_refer_to_is_one_object(vendor: str) -> None:
    contract = load_contract(vendor)
    responses = [response for operation in contract.operations.values() for response in operation.responses.values()]
    assert len({id(response) for response in responses}) < len(responses) / 2
