"""Wrong signatures are refused by a correct endpoint, and each that is accepted is found by what is wrong with it."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

from bodydouble.contracts.core import clock
from bodydouble.contracts.core.wire import WireRequest, WireResponse
from bodydouble.contracts.endpoint.signature_probes import MAX_REQUESTS, SignatureProbes
from bodydouble.contracts.endpoint.wrong_signatures import find, put, signed_requests
from bodydouble.contracts.model.contract import Operation
from bodydouble.contracts.model.exchange import OperationExchange
from bodydouble.contracts.model.loader import load_contract
from bodydouble.contracts.signing.request_signer import RequestSigner

CREDENTIALS = {
    "guiji": {"app_id": "an-id", "secret": "a-secret"},
    "softsugar": {"app_id": "an-id", "app_key": "a-secret"},
    "aliyun-avatar": {"access_key_id": "an-id", "access_key_secret": "a-secret", "tenant_id": "7"},
    "huawei-metastudio": {"access_key": "an-id", "secret_key": "a-secret", "project_id": "p"},
}
OPERATIONS = {
    "guiji": "getAccessToken",
    "softsugar": "createToken",
    "aliyun-avatar": "QueryAvatarList",
    "huawei-metastudio": "ListAssets",
}
JSON = {"content-type": "application/json"}


@dataclass
class Endpoint:
    """Verifies signatures by making its own; overlooks what it is told to.

    Attributes:
        overlooks: `time` (of a signature), `nonce`, or a part: then any signature with that part changed is accepted.
    """

    vendor: str
    overlooks: str = ""
    nonces: set[str] = field(default_factory=set)
    received: list[WireRequest] = field(default_factory=list)

    @property
    def operation(self) -> Operation:
        return load_contract(self.vendor).operations[OPERATIONS[self.vendor]]

    def probes(self, credentials: dict[str, str] | None = None, budget: int = 100) -> SignatureProbes:
        contract = load_contract(self.vendor)
        signer = RequestSigner(contract, credentials or CREDENTIALS[self.vendor], lambda request: WireResponse(500))
        return SignatureProbes(contract, signer, self.send, lambda operation, count: count <= budget)

    def example(self) -> OperationExchange:
        headers = {"host": "api.example", **self.operation.constant_headers}
        request = WireRequest(self.operation.method, self.operation.path, "", headers, b"")
        return OperationExchange(load_contract(self.vendor), self.operation, request, WireResponse(200))

    def send(self, operation: Operation, request: WireRequest) -> OperationExchange:
        self.received.append(request)
        failed = 200 if self.overlooks == "everything" or self._is_right(request) else 401
        body = {"code": {"guiji": "0"}.get(self.vendor, 0), "Code": "0"} if failed == 200 else {"code": 1}
        response = WireResponse(failed, JSON, json.dumps(body).encode())
        return OperationExchange(load_contract(self.vendor), operation, request, response)

    def _is_right(self, request: WireRequest) -> bool:
        contract = load_contract(self.vendor)
        signer = RequestSigner(contract, CREDENTIALS[self.vendor], lambda request: WireResponse(500))
        prepared = signed_requests(contract, self.operation, signer, self.example().request)
        assert prepared is not None
        signature = prepared.signature
        sent_at = self._time(request, signature["timestamp"])
        with clock.frozen(sent_at):
            expected = prepared.right()
        if "nonce" in signature:
            if self.overlooks != "nonce" and find(request, signature["nonce"]) in self.nonces:
                return False
            self.nonces.add(find(request, signature["nonce"]))
            return self._verified(request) and self._is_fresh(sent_at, signature)
        same = find(request, signature["signature"]) == find(expected, signature["signature"])
        same = same and all(
            self.overlooks == name or find(request, {"in": signature["signature"]["in"], "name": name}) == value
            for name, value in (("appId", "an-id"),)
            if prepared.fields
        )
        return same and self._is_fresh(sent_at, signature)

    def _verified(self, request: WireRequest) -> bool:
        from bodydouble.contracts.signatures import acs3_hmac_sha256

        known = "Credential=an-id," in request.headers["authorization"] or self.overlooks == "access_key_id"
        return known and acs3_hmac_sha256.verify_request(request, "a-secret")

    def _is_fresh(self, sent_at: float, signature: object) -> bool:
        assert isinstance(signature, dict)
        return self.overlooks == "time" or abs(sent_at - clock.now()) <= signature.get("window", 1e9)

    def _time(self, request: WireRequest, placement: dict[str, str]) -> float:
        from datetime import UTC, datetime

        text = find(request, placement)
        if placement["unit"] == "iso-8601":
            return datetime.fromisoformat(text).timestamp()
        if placement["unit"] == "basic-iso-8601":
            return datetime.strptime(text, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC).timestamp()
        return int(text) / {"seconds": 1, "milliseconds": 1000}[placement["unit"]]


@pytest.mark.parametrize("vendor", OPERATIONS)
def test_a_correct_endpoint_accepts_no_wrong_signature(vendor: str) -> None:
    endpoint = Endpoint(vendor)
    assert endpoint.probes().probe(endpoint.operation, endpoint.example()) == []
    assert 5 <= len(endpoint.received) <= MAX_REQUESTS


@pytest.mark.parametrize(
    ("vendor", "overlooks", "words"),
    [
        ("guiji", "time", ["signed 1800 seconds ago", "signed 1800 seconds ahead of time"]),
        ("guiji", "appId", ["with another appId than was signed"]),
        ("softsugar", "appId", ["with another appId than was signed"]),
        ("huawei-metastudio", "time", ["signed 1800 seconds ago", "signed 1800 seconds ahead of time"]),
        ("aliyun-avatar", "time", ["signed 1800 seconds ago", "signed 1800 seconds ahead of time"]),
        ("aliyun-avatar", "nonce", ["with a nonce that was used before"]),
        ("aliyun-avatar", "access_key_id", ["signed with another access_key_id"]),
    ],
)
def test_what_an_endpoint_overlooks_is_named(vendor: str, overlooks: str, words: list[str]) -> None:
    endpoint = Endpoint(vendor, overlooks)
    accepted = endpoint.probes().probe(endpoint.operation, endpoint.example())
    assert accepted is not None
    assert [entry.wrong.partition(",")[0] for entry in accepted] == words


@pytest.mark.parametrize(
    ("vendor", "count"), [("guiji", 7), ("softsugar", 5), ("huawei-metastudio", 6), ("aliyun-avatar", 7)]
)
def test_an_endpoint_that_verifies_nothing_accepts_each_of_them(vendor: str, count: int) -> None:
    endpoint = Endpoint(vendor, "everything")
    accepted = endpoint.probes().probe(endpoint.operation, endpoint.example())
    assert accepted is not None
    assert len({entry.wrong for entry in accepted}) == len(accepted) == count


def test_nothing_is_probed_without_a_signature_a_success_a_budget_or_the_right_credentials() -> None:
    endpoint = Endpoint("huawei-metastudio")
    assert endpoint.probes().probe(endpoint.operation, None) is None
    assert endpoint.probes(budget=MAX_REQUESTS - 1).probe(endpoint.operation, endpoint.example()) is None
    assert endpoint.received == []
    wrong = {**CREDENTIALS["huawei-metastudio"], "secret_key": "another"}
    assert endpoint.probes(wrong).probe(endpoint.operation, endpoint.example()) is None
    assert len(endpoint.received) == 1
    guiji = Endpoint("guiji")
    assert guiji.probes().probe(load_contract("guiji").operations["listVideos"], guiji.example()) is None


def test_a_value_is_put_into_its_place_and_nothing_else_changes() -> None:
    request = WireRequest("POST", "/", "a=%2f&b=2", {"x-a": "1"}, b'{"a": 1}')
    change: Callable[[str, str], WireRequest] = lambda place, name: put(request, {"in": place, "name": name}, "9")  # noqa: E731
    assert change("query", "b").query == "a=%2f&b=9"
    assert change("header", "X-A").headers == {"x-a": "9"}
    assert json.loads(change("body", "a").body) == {"a": "9"}
    assert find(request, {"in": "query", "name": "c"}) == ""
