"""Each fault of a response, as the vendors' real SDKs see it, and a rate limit as each vendor's own throttling."""

import json
import re
from collections.abc import Callable
from typing import Any

import pytest

from bodydouble.contracts.model.loader import load_contract
from bodydouble.mock_server.testing.account import Account
from bodydouble.mock_server.testing.server import Server

pytestmark = pytest.mark.process

# The kind of fault with its parameters, and what a client must say of it.
BROKEN: list[tuple[dict[str, Any], str]] = [
    ({"kind": "reset", "at": "before"}, "reset by peer|RemoteDisconnected|Remote end closed"),
    ({"kind": "reset", "at": "header"}, "reset by peer"),
    ({"kind": "reset", "at": "body"}, "reset by peer"),
    ({"kind": "emptyReply"}, "Remote end closed|reset by peer"),
    ({"kind": "truncated", "length": "whole"}, "IncompleteRead|more expected"),
]


@pytest.fixture
def account(process_server: Server) -> Account:
    return Account(process_server)


class Avatars:
    """Alibaba Cloud's SDK, which tries once."""

    def __init__(self, account: Account) -> None:
        from alibabacloud_tea_util.models import RuntimeOptions

        from tests.support.aliyun_avatar_sdk import sdk_client, sdk_request

        self._client = sdk_client(account)
        self._request = sdk_request(account, "QueryAvatarList", ModelType="3d")
        self._once = RuntimeOptions(autoretry=False, max_attempts=1, read_timeout=20_000, connect_timeout=5_000)

    def __call__(self) -> Any:
        return self._client.query_avatar_list_with_options(self._request, self._once)


class Studio:
    """Huawei Cloud's SDK."""

    def __init__(self, account: Account, sdk: Any) -> None:
        from tests.support.huawei_metastudio_sdk import Studio as Client

        self._client = Client(sdk, account)

    def __call__(self) -> Any:
        return self._client.list()


@pytest.fixture(params=["aliyun-avatar", "huawei-metastudio"])
def call(request: pytest.FixtureRequest, account: Account) -> Callable[[], Any]:
    """A call of an SDK that succeeds without faults."""
    if request.param == "aliyun-avatar":
        return Avatars(account)
    return Studio(account, request.getfixturevalue("sdk"))


def failure(call: Callable[[], Any]) -> str:
    """What an SDK says of a call that fails: its exception with all that led to it."""
    with pytest.raises(Exception, match=r".") as caught:
        call()
    texts: list[str] = []
    error: BaseException | None = caught.value
    while error is not None:
        texts.append(f"{type(error).__name__} {error} {vars(error)}")
        error = error.__cause__ or error.__context__
    return "\n".join(texts)


@pytest.mark.parametrize(("fault", "expected"), BROKEN, ids=lambda value: json.dumps(value)[:60])
def test_a_broken_connection_is_seen_as_one(
    account: Account, call: Callable[[], Any], fault: dict[str, Any], expected: str
) -> None:
    call()
    account.fault(**fault)
    said = failure(call)
    assert re.search(expected, said), said
    account.clear_scenarios()
    call()


@pytest.mark.parametrize("status", [502, 503, 504])
def test_a_gateway_is_seen_with_its_status(account: Account, call: Callable[[], Any], status: int) -> None:
    account.fault("gateway", status=status)
    assert str(status) in failure(call)


@pytest.mark.parametrize("fault", [{"kind": "malformedJson"}, {"kind": "truncated", "length": "sent"}])
def test_a_body_that_is_no_json_is_an_error_or_no_result(
    account: Account, call: Callable[[], Any], fault: dict[str, Any]
) -> None:
    call()
    account.fault(**fault)
    if isinstance(call, Avatars):
        assert "parse the value as json" in failure(call)
    else:
        # Huawei's SDK returns a success without fields; a caller learns of it when it reads the content.
        response = call()
        assert (response.status_code, response.count) == (200, None)
        with pytest.raises(json.JSONDecodeError):
            response.to_json_object()


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "latency", "distribution": "fixed", "milliseconds": 200},
        {"kind": "drip", "bytes_per_second": 100_000},
        {"kind": "reset", "at": "after"},
    ],
)
def test_a_response_that_is_slow_or_reset_afterwards_succeeds(
    account: Account, call: Callable[[], Any], fault: dict[str, Any]
) -> None:
    account.fault(**fault)
    call()
    (scenario,) = account.scenarios()
    assert scenario["struck"] == 1


def test_a_rate_limit_is_seen_as_throttling(account: Account, call: Callable[[], Any]) -> None:
    account.freeze()
    account.fault("rateLimit", per_second=0.5, burst=1)
    call()
    # Huawei's SDK repeats the call by itself, and then says only which status came.
    throttled = load_contract("aliyun-avatar").conditions["throttled"].code if isinstance(call, Avatars) else "429"
    assert str(throttled) in failure(call)
