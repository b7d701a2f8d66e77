"""A small specification of the tests: everything that the loader requires, and one of each thing that it knows."""

from copy import deepcopy
from typing import Any

from bodydouble.contracts.model.contract import Contract
from bodydouble.contracts.model.documents import Document
from bodydouble.contracts.model.extensions import conditions
from bodydouble.contracts.model.loader import build_contract

_STATUS = {"unknown-path": 404, "wrong-method": 405, "body-too-large": 413, "unsupported-media-type": 415}
_FAILURE = {
    "type": "object",
    "required": ["code", "message"],
    "properties": {
        "code": {"type": "integer", "minimum": 1, "maximum": 99999},
        "message": {"type": "string"},
    },
}
_SCRIPT = {
    "type": "object",
    "required": ["lines"],
    "properties": {
        "lines": {
            "type": "array",
            "minItems": 1,
            "items": {
                "type": "object",
                "required": ["text"],
                "properties": {"text": {"type": "string", "minLength": 1}},
            },
        }
    },
}


def _response(data: dict[str, Any]) -> dict[str, Any]:
    success = {
        "type": "object",
        "required": ["code", "data"],
        "properties": {"code": {"type": "integer", "const": 0}, "data": data},
    }
    failure = {"$ref": "#/components/schemas/Failure"}
    remaining = {"schema": {"type": "integer", "minimum": 0, "maximum": 100}, "example": 7}
    return {
        "description": "Done.",
        "headers": {"X-Remaining": remaining, "X-Region": {"schema": {"enum": ["north", "south"]}}},
        "content": {"application/json": {"schema": {"oneOf": [success, failure]}}},
    }


def _responses(data: dict[str, Any]) -> dict[str, Any]:
    failure = {
        "description": "Refused.",
        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Failure"}}},
    }
    return {"200": _response(data), **{str(status): failure for status in _STATUS.values()}}


def case_name(condition: str) -> str:
    """The name of the error case of a general condition."""
    first, *rest = condition.split("-")
    return first + "".join(word.capitalize() for word in rest)


_ID = {"type": "integer", "format": "int64", "minimum": 1, "maximum": 999_999}

_DOCUMENT: dict[str, Any] = {
    "openapi": "3.1.0",
    "info": {"title": "Small", "version": "1"},
    "security": [{"accessToken": []}],
    "x-envelope": {"code": "code", "message": "message", "success": [0]},
    "paths": {
        "/token": {
            "get": {
                "operationId": "getToken",
                "summary": "Get a token",
                "security": [],
                "x-signature": {
                    "scheme": "md5-template",
                    "content": "{appId}{timestamp}{secret}",
                    "timestamp": {"in": "query", "name": "timestamp", "unit": "seconds"},
                    "signature": {"in": "query", "name": "sign"},
                },
                "x-errors": ["signatureInvalid"],
                "parameters": [
                    {"name": name, "in": "query", "required": True, "schema": {"type": "string"}, "example": example}
                    for name, example in (("appId", "a"), ("timestamp", "1"), ("sign", "s"), ("grant", "sign"))
                ],
                "responses": _responses(
                    {
                        "type": "object",
                        "required": ["access_token"],
                        "properties": {"access_token": {"type": "string", "x-sensitive": "secret"}},
                    }
                ),
            }
        },
        "/things": {
            "post": {
                "operationId": "createThing",
                "summary": "Create a thing",
                "x-cost": "metered",
                "x-lifecycle": {"name": "thing", "role": "create"},
                "x-errors": ["tokenInvalid"],
                "requestBody": {
                    "required": True,
                    "content": {
                        "application/json": {
                            "schema": {"$ref": "#/components/schemas/NewThing"},
                            "example": {"name": "Ann", "script": '{"lines": [{"text": "Hello."}]}'},
                        }
                    },
                },
                "responses": _responses({"type": "object", "required": ["id"], "properties": {"id": _ID}}),
                "callbacks": {
                    "thingEnded": {
                        "{$request.body#/callbackUrl}": {
                            "post": {
                                "operationId": "thingEnded",
                                "summary": "A thing has ended",
                                "x-delivery": {"timeout": 5, "retries": [1, 2]},
                                "requestBody": {
                                    "content": {"application/json": {"schema": {"type": "object", "required": ["id"]}}}
                                },
                                "responses": {"2XX": {"description": "Taken in."}},
                            }
                        }
                    }
                },
            }
        },
        "/things/{id}": {
            "get": {
                "operationId": "getThing",
                "summary": "Get a thing",
                "x-lifecycle": {"name": "thing", "role": "get"},
                "x-errors": ["tokenInvalid", "thingNotFound"],
                "parameters": [{"name": "id", "in": "path", "required": True, "schema": _ID, "example": 1}],
                "responses": _responses({"type": "object", "required": ["state"]}),
            },
            "delete": {
                "operationId": "deleteThing",
                "summary": "Delete a thing",
                "x-lifecycle": {"name": "thing", "role": "delete"},
                "x-errors": ["tokenInvalid", "thingNotFound"],
                "parameters": [{"name": "id", "in": "path", "required": True, "schema": _ID, "example": 1}],
                "responses": _responses({"type": "null"}),
            },
        },
    },
    "webhooks": {
        "notice": {
            "post": {
                "operationId": "notice",
                "summary": "A notice",
                "x-delivery": {"timeout": 3, "retries": []},
                "requestBody": {"content": {"application/json": {"schema": {"type": "object"}}}},
                "responses": {"200": {"description": "Taken in."}},
            }
        }
    },
    "components": {
        "securitySchemes": {"accessToken": {"type": "apiKey", "in": "query", "name": "access_token"}},
        "schemas": {
            "Failure": _FAILURE,
            "NewThing": {
                "type": "object",
                "required": ["name"],
                "properties": {
                    "name": {"type": "string", "minLength": 1, "maxLength": 20},
                    "script": {"type": "string", "contentMediaType": "application/json", "contentSchema": _SCRIPT},
                    "callbackUrl": {"type": "string", "pattern": "^https?://[^\\x00-\\x20\\x7f]+$"},
                },
            },
        },
    },
    "x-lifecycles": {
        "thing": {
            "description": "A thing.",
            "field": "state",
            "initial": "waiting",
            "states": {
                "waiting": {"code": 0, "description": "Not begun."},
                "working": {"code": 1, "description": "Begun."},
                "success": {"code": 2, "description": "Ended well.", "terminal": True, "callback": "thingEnded"},
                "failed": {"code": 3, "description": "Ended badly.", "terminal": True},
                "lost": {"code": 9, "description": "Listed, but never entered.", "unreachable": True},
            },
            "edges": [
                {"from": "waiting", "to": "working", "after": 10},
                {"from": "working", "to": "success", "after": 60},
                {"from": "working", "to": "failed", "after": 30, "outcome": "failed"},
                {"from": "waiting", "to": "failed", "by": "deleteThing"},
            ],
        }
    },
    "x-errors": {
        **{
            case_name(condition): {
                "status": _STATUS.get(condition, 200),
                "code": 1000 + number,
                "message": f"About {condition}",
                "when": "Always.",
                "conditions": [condition],
            }
            for number, condition in enumerate(sorted(conditions()))
        },
        "tokenInvalid": {"status": 200, "code": 2001, "message": "Bad token", "when": "No good token."},
        "signatureInvalid": {"status": 200, "code": 2002, "message": "Bad signature", "when": "It does not fit."},
        "thingNotFound": {"status": 200, "code": 2003, "message": "No such thing", "when": "It is not there."},
    },
    "x-discrepancies": [
        {
            "id": 1,
            "subject": "name",
            "locations": ["#/components/schemas/NewThing/properties/name"],
            "says": {"table": "required", "example": "absent"},
            "accept": "The table.",
            "emit": "The table.",
            "source": "line 1",
        }
    ],
}


def content() -> dict[str, Any]:
    """The document's content, to be changed at will."""
    return deepcopy(_DOCUMENT)


def document(changed: dict[str, Any] | None = None) -> Document:
    """The document, or one of changed content."""
    return Document("small", changed if changed is not None else content())


def contract(changed: dict[str, Any] | None = None) -> Contract:
    """The contract of the document, or of one of changed content."""
    return build_contract(document(changed))
