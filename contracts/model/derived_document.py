"""OpenAPI documents made from a contract, for engines that generate requests from a document.

Only here does anything outside the loader read the specification as written.
"""

from collections.abc import Callable, Mapping
from copy import deepcopy
from dataclasses import replace
from typing import Any

from bodydouble.contracts.core.json_pointer import lookup
from bodydouble.contracts.core.late_dataclass import dataclass
from bodydouble.contracts.core.wire import JSON
from bodydouble.contracts.model.contract import Callback, Contract, Operation
from bodydouble.contracts.model.documents import Document
from bodydouble.contracts.model.inner_documents import (
    inlined_schema,
    inner_documents,
    open_request,
    opened_schema,
)

# The path of the one operation of a callback's document.
CALLBACK_PATH = "/"


@dataclass(frozen=True, slots=True)
class RequestDocument:
    """A contract's document, changed so that requests can be generated from it."""

    contract: Contract
    _document: Document

    @property
    def content(self) -> dict[str, Any]:
        """The document itself."""
        return self._document.content

    def resolve(self, node: Any) -> Any:
        """Follow the references of a node of this document."""
        return self._document.resolve(node)

    def change_body_schemas(self, change: Callable[[Any], Any]) -> None:
        """Change the schemas of the bodies of all operations."""
        for operation in self.contract.operations.values():
            node = lookup(self.content, operation.pointer)
            if "requestBody" in node:
                for media_type in self._own_body(node)["content"].values():
                    media_type["schema"] = change(media_type["schema"])

    def add_schemas(self, schemas: Mapping[str, Any]) -> None:
        """Add component schemas, by name."""
        self.content.get("components", {}).get("schemas", {}).update(schemas)

    def _own_body(self, node: dict[str, Any]) -> dict[str, Any]:
        body: dict[str, Any] = deepcopy(self.resolve(node["requestBody"]))
        node["requestBody"] = body
        return body

    def _leave_to_the_signer(self, operation: Operation) -> None:
        for pointer in (operation.pointer.rpartition("/")[0], operation.pointer):
            node = lookup(self.content, pointer)
            if "parameters" in node:
                declared = [(entry, self.resolve(entry)) for entry in node["parameters"]]
                node["parameters"] = [
                    entry
                    for entry, resolved in declared
                    if (resolved["in"], resolved["name"].lower()) not in operation.signer_parameters
                ]

    def _open(self, operation: Operation) -> None:
        content = self._own_body(lookup(self.content, operation.pointer))["content"][JSON]
        # References still lead to what the specification says: nothing below the components has been changed.
        content["schema"] = inlined_schema(content["schema"], self.resolve)
        if "example" in content:
            content["example"] = open_request(operation, content["example"])
        for name, entry in content.get("examples", {}).items():
            content["examples"][name] = {"value": open_request(operation, self.resolve(entry)["value"])}


def request_document(contract: Contract) -> RequestDocument:
    """A contract's document in which requests carry the schemas of inner documents in the place of their strings.

    The parameters of signatures are left out: a signer overwrites them, so nothing could be learnt by generating them.
    """
    derived = RequestDocument(contract, replace(contract.document, content=deepcopy(contract.document.content)))
    for operation in contract.operations.values():
        derived._leave_to_the_signer(operation)
        if inner_documents(operation):
            derived._open(operation)
    return derived


def response_document(contract: Contract, schemas: Mapping[str, Any]) -> dict[str, Any]:
    """A document with a POST operation for each schema, under the path of its name; inner documents are opened.

    Args:
        schemas: may refer to the components of the contract's document.
    """
    content = contract.document.content
    paths = {
        f"/{name}": {
            "post": {
                "operationId": name,
                "requestBody": {"required": True, "content": {JSON: {"schema": opened_schema(schema)}}},
                "responses": {"200": {"description": "not used"}},
            }
        }
        for name, schema in schemas.items()
    }
    components = {"schemas": opened_schema(content.get("components", {}).get("schemas", {}))}
    return {"openapi": content["openapi"], "info": content["info"], "paths": paths, "components": components}


def callback_document(contract: Contract, callback: Callback) -> dict[str, Any]:
    """A document whose one operation is a callback, at `CALLBACK_PATH`, with its own request body and responses.

    The parameters that carry the signature are left out: it is made when a callback is sent.
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
        "responses": {status: node["responses"][status] for status in callback.acknowledgements},
    }
    return {
        "openapi": content["openapi"],
        "info": content["info"],
        "paths": {CALLBACK_PATH: {callback.method.lower(): operation}},
        "components": content.get("components", {}),
    }
