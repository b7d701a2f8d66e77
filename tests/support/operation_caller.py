"""Calls the operations of a contract at the server of an account, signed as the vendor's own clients sign."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from bodydouble.contracts.core.wire import WireRequest, WireResponse
from bodydouble.contracts.model.contract import Operation
from bodydouble.contracts.model.exchange import OperationExchange
from bodydouble.contracts.model.links import request_of
from bodydouble.contracts.model.loader import load_contract
from bodydouble.contracts.model.own_values import own_values
from bodydouble.contracts.signing.request_signer import RequestSigner
from bodydouble.mock_server.testing.account import Account
from tests.support.guiji import Guiji
from tests.support.vendor_support import CALLBACK_URL, CONTROL, known_values

# How many known values of each name are tried.
_MAX_VALUES = 10


class OperationCaller:
    """Calls operations of a vendor, or of the control plane, for an account that has something to show.

    Args:
        vendor: its name.
    """

    def __init__(self, vendor: str, account: Account) -> None:
        self.contract = load_contract(vendor)
        self._account = account
        credentials = {} if vendor == CONTROL else account.credentials(vendor)
        self._known: Mapping[str, Any] = {**_known_values(vendor, account), **own_values(self.contract, credentials)}
        self._signer = RequestSigner(self.contract, credentials, self._send)

    def successful_request(self, operation: Operation) -> WireRequest:
        """A request that succeeds: the specification's example, with values that exist."""
        requests = [self._request(operation, index) for index in range(_MAX_VALUES)]
        return next(request for request in requests if not self._exchange(operation, request).response_class.failed)

    def signed_example(self, operation: Operation) -> WireRequest:
        """The specification's example, with values that exist, ready to be sent."""
        return self._signed(operation, self._request(operation, 0))

    def send_signed(self, operation: Operation, signed: WireRequest) -> OperationExchange:
        """Send a request that has been signed, whatever becomes of it."""
        return OperationExchange(self.contract, operation, signed, self._send(signed))

    def call(self, operation: Operation, request: WireRequest) -> OperationExchange:
        """Send a request that must succeed."""
        exchange = self._exchange(operation, request)
        assert not exchange.response_class.failed, (operation.id, request, exchange.response)
        return exchange

    def _exchange(self, operation: Operation, request: WireRequest) -> OperationExchange:
        return self.send_signed(operation, self._signed(operation, request))

    def _signed(self, operation: Operation, request: WireRequest) -> WireRequest:
        host = self._account.base_url.partition("://")[2]
        return self._signer.sign(operation, replace(request, headers={**request.headers, "host": host}))

    def _request(self, operation: Operation, index: int) -> WireRequest:
        names = (parameter.name for parameter in operation.parameters if parameter.required)
        parameters = {name: value for name in names if (value := self._value(operation, name, index)) is not None}
        return request_of(operation, parameters, self._body(operation, index))

    def _value(self, operation: Operation, name: str, index: int) -> Any:
        values = self._known.get(f"{operation.id}.{name}", self._known.get(name))
        return None if not values else values[index % len(values)]

    def _body(self, operation: Operation, index: int) -> Any:
        if operation.request_body is None:
            return None
        example = operation.request_body.examples[0] if operation.request_body.examples else {}
        values = {name: self._value(operation, name, index) for name in example}
        return {name: example[name] if value is None else value for name, value in values.items()}

    def _send(self, request: WireRequest) -> WireResponse:
        path = request.path + (f"?{request.query}" if request.query else "")
        response = self._account.http.request(
            request.method, path, body=request.body or None, headers=dict(request.headers)
        )
        return WireResponse(response.status, response.headers, response.body)


def _known_values(vendor: str, account: Account) -> Mapping[str, Any]:
    if vendor != CONTROL:
        return known_values(vendor, account)
    guiji = Guiji(account)
    keys = [guiji.synthesise(callbackUrl=CALLBACK_URL) for _ in range(4)]
    for outcome in ("failed", "stuck", "slow"):
        account.scenario("guiji", "createAudio", outcome=outcome)
    return {
        "accountId": [account.id],
        "vendor": ["guiji"],
        "quota": ["ttsWordsAmount"],
        "scenarioId": [scenario["id"] for scenario in account.control("GET", "/scenarios").json["scenarios"]],
        "taskId": [account.task(key)["id"] for key in keys],
        "deliveryId": [delivery["id"] for delivery in account.deliveries()],
    }
