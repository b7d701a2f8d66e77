"""An operation's example as a request: the specification's values, with an account's own numbers in their places."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlencode

from bodydouble.contracts.core.names import plain_name
from bodydouble.contracts.core.wire import JSON, WireRequest
from bodydouble.contracts.model.contract import Contract, Operation
from bodydouble.contracts.model.own_values import own_values
from bodydouble.contracts.model.parameters import Parameter
from bodydouble.contracts.signatures.scheme import REQUEST_SCHEMES

_CAPITAL = re.compile(r"(?<=[a-z0-9])([A-Z])")
_FIELD = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True, slots=True)
class ExampleRequest:
    """A request that carries no credentials yet.

    Attributes:
        path, query, headers: values by the names of parameters, in the order of the specification.
        body: a JSON value; None for none.
    """

    operation: Operation
    path: Mapping[str, Any] = field(default_factory=dict)
    query: Mapping[str, Any] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Any = None

    def wire(self, host: str) -> WireRequest:
        """The request as it is sent to a host."""
        path = self.operation.path
        for name, value in self.path.items():
            path = path.replace(f"{{{name}}}", quote(text_of(value), safe=""))
        headers = {"host": host, **{name.lower(): value for name, value in self.headers.items()}}
        query = urlencode({name: text_of(value) for name, value in self.query.items()})
        if self.body is None:
            return WireRequest(self.operation.method, path, query, headers, b"")
        body = json.dumps(self.body, ensure_ascii=False).encode()
        return WireRequest(self.operation.method, path, query, {**headers, "content-type": JSON}, body)


def text_of(value: Any) -> str:
    """A parameter's value as text; structures as JSON without spaces."""
    if isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def example_request(contract: Contract, operation: Operation, credentials: Mapping[str, str]) -> ExampleRequest:
    """The example of an operation.

    Args:
        credentials: of an account, by name. What is the account's own in the request is taken from them.
    """
    own = {name: values[0] for name, values in own_values(contract, credentials).items()}
    chosen: dict[str, dict[str, Any]] = {"path": {}, "query": {}, "header": {}}
    for parameter in operation.parameters:
        if _is_shown(operation, parameter) or (parameter.name in own and parameter.location != "header"):
            chosen[parameter.location][parameter.name] = own.get(parameter.name, parameter.usual_value)
    headers = {**operation.constant_headers, **{name: text_of(value) for name, value in chosen["header"].items()}}
    return ExampleRequest(operation, chosen["path"], chosen["query"], headers, _body(operation, credentials))


def _is_shown(operation: Operation, parameter: Parameter) -> bool:
    if parameter.location == "header" and parameter.constant is not None:
        return False
    if (parameter.location, parameter.name.lower()) in operation.signer_parameters:
        return False
    if parameter.required:
        return True
    # What an operation without a body creates is said by its parameters, even where none of them is required.
    says_more = operation.request_body is None and operation.cost == "metered" and parameter.location == "query"
    return says_more and parameter.constant is None and parameter.example is not None


def _body(operation: Operation, credentials: Mapping[str, str]) -> Any:
    if operation.request_body is None or operation.request_body.json is None:
        return None
    examples = operation.request_body.examples
    example = examples[0] if examples else {}
    own = {plain_name(name): value for name, value in credentials.items()}
    return {name: own.get(plain_name(name), value) for name, value in example.items()}


def credential_names(contract: Contract) -> tuple[str, ...]:
    """What clients of a vendor sign in with, by the names that the control plane shows."""
    names: dict[str, None] = {}
    for operation in contract.operations.values():
        if operation.signature is not None and operation.signature["scheme"] == "md5-template":
            fields = _FIELD.findall(operation.signature["content"])
            time = operation.signature["timestamp"]["name"]
            names.update(dict.fromkeys(_snake(name) for name in fields if plain_name(name) != plain_name(time)))
    for scheme in contract.security_schemes.values():
        known = REQUEST_SCHEMES.get(scheme.signature["scheme"]) if scheme.signature is not None else None
        if known is not None:
            names.update(dict.fromkeys(known.CREDENTIALS))
        elif scheme.signature is None and not names and contract.token_operation is None:
            names[_snake(scheme.name)] = None
    return tuple(names)


def placeholder_credentials(contract: Contract) -> dict[str, str]:
    """Texts that stand for credentials where no account is known, and say what to put there."""
    return {name: f"your-{name.replace('_', '-')}" for name in credential_names(contract)}


def _snake(name: str) -> str:
    return _CAPITAL.sub(r"_\1", name).lower()


def cheap_read(contract: Contract) -> Operation | None:
    """An operation that shows something of any account, and costs nothing; None if there is none."""
    free = [operation for operation in contract.operations.values() if _asks_for_nothing(operation)]
    lists = [operation for operation in free if operation.laws is not None and operation.laws.role == "list"]
    return min(lists or free, key=_number_required, default=None)


def _number_required(operation: Operation) -> int:
    return sum(parameter.required for parameter in operation.parameters)


def _asks_for_nothing(operation: Operation) -> bool:
    reads = operation.laws is not None and operation.laws.role in ("list", "read")
    return reads and operation.cost == "free"
