"""A specification without its extensions, for other tools."""

from typing import Any

# Below these keys stands data, whose names are the vendor's own.
_DATA = frozenset({"example", "default", "const", "enum", "value"})
# The keys of these are names, too: of fields, headers, media types, callbacks.
_NAMED = frozenset(
    (
        "callbacks", "content", "examples", "headers", "links", "mapping", "parameters", "paths", "patternProperties",
        "properties", "requestBodies", "responses", "schemas", "scopes", "securitySchemes", "variables", "webhooks",
        "$defs", "dependentSchemas",
    )
)  # fmt: skip


def plain_document(content: Any, *, named: bool = False) -> Any:
    """A document, or a part of one, without the keys that begin with `x-`.

    Args:
        content: as parsed.
        named: whether its keys are names.
    """
    if isinstance(content, list):
        return [plain_document(item) for item in content]
    if not isinstance(content, dict):
        return content
    return {
        key: value if not named and key in _DATA else plain_document(value, named=not named and key in _NAMED)
        for key, value in content.items()
        if named or not str(key).startswith("x-")
    }
