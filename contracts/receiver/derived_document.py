"""A callback as an endpoint: a derived document in which the receiver serves the callback's path."""

from typing import Any

from bodydouble.contracts.core.json_pointer import lookup
from bodydouble.contracts.model.contract import Callback, Contract

PATH = "/"


def callback_document(contract: Contract, callback: Callback) -> dict[str, Any]:
    """An OpenAPI document whose one operation is a callback, at `PATH`, with the callback's request body and responses.

    The parameters are left out where they carry the signature, which is made when a callback is sent.
    """
    content = contract.document.content
    node = lookup(content, callback.pointer)
    placements = [(callback.delivery.signature or {}).get(part) for part in ("timestamp", "signature")]
    signed = {(placement["in"], placement["name"]) for placement in placements if placement}
    parameters = [contract.document.resolve(entry) for entry in node.get("parameters", ())]
    operation = {
        "operationId": callback.id,
        "parameters": [entry for entry in parameters if (entry["in"], entry["name"]) not in signed],
        "requestBody": node["requestBody"],
        "responses": node["responses"],
    }
    return {
        "openapi": content["openapi"],
        "info": content["info"],
        "paths": {PATH: {callback.method.lower(): operation}},
        "components": content.get("components", {}),
    }
