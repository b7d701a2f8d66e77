"""The vendor's own SDK, pointed at the server."""

import asyncio
from collections.abc import Callable
from typing import Any

from alibabacloud_avatar20220130 import models
from alibabacloud_avatar20220130.client import Client
from alibabacloud_tea_openapi.models import Config

from bodydouble.mock_server.testing.account import Account
from tests.support.aliyun_avatar import APP

# How the SDK is called: waiting for the response, or in an event loop.
Call = Callable[[Client, str, Any], Any]


def sdk_client(account: Account, **chosen: Any) -> Client:
    """A client with an account's access key; `chosen` replaces parts of its configuration."""
    credentials = account.credentials("aliyun-avatar")
    configuration = {
        "access_key_id": credentials["access_key_id"],
        "access_key_secret": credentials["access_key_secret"],
        "endpoint": account.http.base_url.removeprefix("http://"),
        "protocol": "http",
        **chosen,
    }
    return Client(Config(**configuration))


def sdk_request(account: Account, operation: str, **fields: Any) -> Any:
    """The SDK's request of an operation, for the account's tenant; fields have their names on the wire."""
    content = {"TenantId": int(account.credentials("aliyun-avatar")["tenant_id"]), **fields}
    return getattr(models, f"{operation}Request")().from_map(content)


def method_of(operation: str, suffix: str = "") -> str:
    """The SDK's name for an operation."""
    sought = operation.lower() + suffix.replace("_", "")
    return next(name for name in dir(Client) if name.replace("_", "") == sought)


def synchronous(client: Client, operation: str, request: Any) -> Any:
    """Call an operation and wait."""
    return getattr(client, method_of(operation))(request)


def asynchronous(client: Client, operation: str, request: Any) -> Any:
    """Call an operation in an event loop."""
    return asyncio.run(getattr(client, method_of(operation, "_async"))(request))


class Sdk:
    """The SDK with an account's credentials.

    Args:
        call: synchronous or asynchronous.
    """

    def __init__(self, account: Account, call: Call, **chosen: Any) -> None:
        self.account = account
        self.client = sdk_client(account, **chosen)
        self._call = call

    def send(self, operation: str, **fields: Any) -> Any:
        """Call an operation; the response's body as the SDK's model."""
        response = self._call(self.client, operation, sdk_request(self.account, operation, **fields))
        assert response.status_code == 200
        assert type(response.body).__name__ == f"{operation}ResponseBody"
        return response.body

    def data(self, operation: str, **fields: Any) -> Any:
        """Call an operation that must succeed; its data as the SDK's model, None where it has none."""
        body = self.send(operation, **fields)
        assert (body.code, str(body.success).lower()) == ("0", "true"), body.message
        return getattr(body, "data", None)

    def app_data(self, operation: str, **fields: Any) -> Any:
        """The same for an operation of the example application."""
        return self.data(operation, **{"App": {"AppId": APP}, **fields})
