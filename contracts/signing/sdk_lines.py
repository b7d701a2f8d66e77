"""Python that sends an operation's example with the vendor's own SDK, where the specification names it (`x-sdk`)."""

import re
from collections.abc import Callable, Mapping
from urllib.parse import urlsplit

from bodydouble.contracts.model.contract import Contract, Operation
from bodydouble.contracts.signing.example_request import ExampleRequest, example_request
from bodydouble.contracts.signing.python_code import literal, quoted

Family = Callable[[Mapping[str, str], str, Mapping[str, str], ExampleRequest], str | None]


def sdk_lines(contract: Contract, base_url: str, credentials: Mapping[str, str], operation: Operation) -> str | None:
    """The code; None if the specification names no SDK, or the SDK cannot call the server.

    Args:
        base_url: scheme, host, port and path prefix.
        credentials: of an account, by name.
    """
    sdk = contract.sdk
    if sdk is None:
        return None
    request = example_request(contract, operation, credentials)
    code = _FAMILIES[sdk["family"]](sdk, base_url, credentials, request)
    return None if code is None else f"# pip install {sdk['distribution']}\n{code}"


def _tea(sdk: Mapping[str, str], base_url: str, credentials: Mapping[str, str], request: ExampleRequest) -> str | None:
    operation, address = request.operation, urlsplit(base_url)
    if address.path.strip("/"):
        # The SDK's endpoint is a host.
        return None
    method = re.sub(r"(?<=[a-z])(?=[A-Z0-9])", "_", operation.id).lower()
    return f"""\
from {sdk["module"]} import models
from {sdk["module"]}.client import {sdk["client"]}
from alibabacloud_tea_openapi.models import Config

config = Config(
    access_key_id={quoted(credentials["access_key_id"])},
    access_key_secret={quoted(credentials["access_key_secret"])},
    endpoint={quoted(address.netloc)},
    protocol={quoted(address.scheme)},
)
request = models.{operation.id}Request().from_map({literal(dict(request.query))})
response = {sdk["client"]}(config).{method}(request)
print(response.to_map())
"""


def _huawei(sdk: Mapping[str, str], base_url: str, credentials: Mapping[str, str], request: ExampleRequest) -> str:
    method = re.sub(r"([a-z0-9])([A-Z])", r"\1_\2", re.sub(r"(.)([A-Z][a-z]+)", r"\1_\2", request.operation.id))
    own = [credentials.get(name, f"your-{name}") for name in ("access_key", "secret_key", "project_id")]
    values = {name: value for name, value in {**request.path, **request.query}.items() if name != "project_id"}
    arguments = [f"{name}={literal(value, 4)}" for name, value in values.items()]
    arguments += [f"body={literal(request.body, 4)}"] if request.body is not None else []
    listed = "".join(f"    {argument},\n" for argument in arguments)
    call = f"(\n{listed})" if arguments else "()"
    return f"""\
from huaweicloudsdkcore.auth.credentials import BasicCredentials
import {sdk["module"]} as sdk

client = (
    sdk.{sdk["client"]}.new_builder()
    .with_credentials(BasicCredentials({", ".join(map(quoted, own))}))
    .with_endpoints([{quoted(base_url)}])
    .build()
)
request = sdk.{request.operation.id}Request{call}
print(client.{method.lower()}(request))
"""


_FAMILIES: Mapping[str, Family] = {"alibaba-tea": _tea, "huawei-core": _huawei}
