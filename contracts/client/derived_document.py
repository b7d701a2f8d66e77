"""Answers as something that schemathesis can make: a derived document in which each is the body of a request.

JSON documents inside strings are described in it as what they hold; `encode` puts them into their strings.
"""

import json
from collections.abc import Mapping
from typing import Any

from bodydouble.contracts.model.contract import Contract
from bodydouble.contracts.model.validators import Validator

JSON = "application/json"
_EACH = "*"


def derived_document(contract: Contract, schemas: Mapping[str, Any]) -> dict[str, Any]:
    """An OpenAPI document with a POST operation for each schema, under the path of its name.

    Args:
        schemas: may refer to the components of the contract's document.
    """
    content = contract.document.content
    paths = {
        f"/{name}": {
            "post": {
                "operationId": name,
                "requestBody": {"required": True, "content": {JSON: {"schema": _opened(schema)}}},
                "responses": {"200": {"description": "not used"}},
            }
        }
        for name, schema in schemas.items()
    }
    return {
        "openapi": content["openapi"],
        "info": content["info"],
        "paths": paths,
        "components": {"schemas": _opened(content.get("components", {}).get("schemas", {}))},
    }


def _opened(node: Any) -> Any:
    if isinstance(node, list):
        return [_opened(item) for item in node]
    if not isinstance(node, dict):
        return node
    if node.get("contentMediaType") == JSON and "contentSchema" in node:
        inner = _opened(node["contentSchema"])
        # What else the carrier may be, says its own schema; an empty one means "nothing".
        nothing = [{"const": value} for value in ("", None) if _may_be(node, value)]
        return {"anyOf": [inner, *nothing]}
    return {key: _opened(value) for key, value in node.items()}


def _may_be(carrier: Mapping[str, Any], value: str | None) -> bool:
    if value is None:
        return "null" in carrier.get("type", ())
    return not carrier.get("minLength")


def encode(validator: Validator, value: Any) -> Any:
    """A value of the derived schema with its inner documents as text in their strings."""
    for inner in validator.inner:
        value = _encoded(value, inner.path, inner.validator)
    return value


def _encoded(value: Any, path: tuple[str, ...], inner: Validator) -> Any:
    if not path:
        nothing = value is None or value == ""
        return value if nothing else json.dumps(encode(inner, value), ensure_ascii=False)
    if path[0] == _EACH:
        return [_encoded(item, path[1:], inner) for item in value] if isinstance(value, list) else value
    if isinstance(value, dict) and path[0] in value:
        return {**value, path[0]: _encoded(value[path[0]], path[1:], inner)}
    return value
