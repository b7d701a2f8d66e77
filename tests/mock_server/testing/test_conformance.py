"""The message about requests that violate the contract."""

from typing import Any

import pytest

from bodydouble.mock_server.testing.conformance import require_conformance

VIOLATION = {"field": "/text", "got": "5", "expected": "string"}


def entry(*violations: dict[str, str]) -> dict[str, Any]:
    return {
        "method": "POST",
        "path": "/x",
        "query": "",
        "vendor": "guiji",
        "operation": "createVideo",
        "status": 200,
        "error": "parameterInvalid",
        "violations": list(violations),
    }


def test_equal_violations_of_a_request_are_listed_once() -> None:
    with pytest.raises(AssertionError) as caught:
        require_conformance([entry(VIOLATION, {**VIOLATION, "expected": "null"}, VIOLATION)])
    lines = [" ".join(line.split()) for line in str(caught.value).splitlines()]
    assert lines[3:] == ["field got expected", "/text 5 string", "/text 5 null"]
