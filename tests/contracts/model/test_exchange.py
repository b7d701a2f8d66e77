"""A request and its response, in the terms of the contract."""

import json

from bodydouble.contracts.core.wire import WireRequest, WireResponse
from bodydouble.contracts.model.exchange import OperationExchange
from bodydouble.contracts.model.loader import load_contract
from tests.support import specification


def test_a_response_is_classified_with_the_cases_of_its_operation() -> None:
    contract = load_contract("aliyun-avatar")
    response = WireResponse(200, {}, json.dumps({"Code": "10010002", "Message": "参数非法: TaskUuid"}).encode())
    request = WireRequest("POST", "/", "Action=GetVideoTaskInfo", {}, b"")
    exchange = OperationExchange(contract, contract.operations["GetVideoTaskInfo"], request, response)
    assert exchange.response_class.name == "taskNotFound"
    assert exchange.response_class is exchange.response_class


def test_a_request_to_another_path_or_method_is_not_parsed() -> None:
    contract = specification.contract()
    operation, response = contract.operations["getThing"], WireResponse(200)
    for method, path, parsed in (("GET", "/things/7", True), ("PUT", "/things/7", False), ("GET", "/stuff/7", False)):
        exchange = OperationExchange(contract, operation, WireRequest(method, path, "", {}, b""), response)
        assert (exchange.parsed is not None) is parsed
