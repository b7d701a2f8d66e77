"""The named schemas of a specification, and their properties: for forms and lists that are made from them."""

from collections.abc import Mapping
from typing import Any

from bodydouble.contracts.model.contract import Contract


def properties_of(contract: Contract, schema: str) -> Mapping[str, Mapping[str, Any]]:
    """The schemas of a named schema's properties, as the specification has them.

    Args:
        schema: a name in `components/schemas`.
    """
    properties: Mapping[str, Mapping[str, Any]] = contract.document.content["components"]["schemas"][schema][
        "properties"
    ]
    return properties


def schema_names(contract: Contract) -> tuple[str, ...]:
    """The names of the schemas in `components/schemas`."""
    return tuple(contract.document.content.get("components", {}).get("schemas", {}))
