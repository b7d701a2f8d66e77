"""JSON documents inside strings: opened and encoded."""

import json
from typing import Any

from bodydouble.contracts.core.wire import JSON
from bodydouble.contracts.model.inner_documents import encode, encode_request, open_request, opened_schema
from tests.support import specification

OPERATION = specification.contract().operations["createThing"]
OPENED: dict[str, Any] = {"name": "Ann", "script": {"lines": [{"text": "Hello."}]}}


def test_an_opened_request_is_encoded_to_what_it_was() -> None:
    encoded = encode_request(OPERATION, OPENED)
    assert json.loads(encoded["script"]) == OPENED["script"]
    assert open_request(OPERATION, encoded) == OPENED
    assert encode_request(OPERATION, encoded) == encoded


def test_a_text_that_is_not_json_stays_a_text() -> None:
    assert open_request(OPERATION, {"script": "no json"}) == {"script": "no json"}


def test_an_empty_inner_document_stays_empty() -> None:
    assert OPERATION.request_body is not None
    assert OPERATION.request_body.json is not None
    for nothing in ("", None):
        assert encode(OPERATION.request_body.json, {"script": nothing}) == {"script": nothing}


def test_an_opened_schema_allows_nothing_where_the_carrier_does() -> None:
    inner = {"type": "object"}
    carrier = {"type": ["string", "null"], "minLength": 1, "contentMediaType": JSON, "contentSchema": inner}
    assert opened_schema({"items": carrier}) == {"items": {"anyOf": [inner, {"const": None}]}}
