"""Which branch of a `oneOf` or `anyOf` the sender of an invalid value most likely meant."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import jsonschema_rs

from bodydouble.contracts.core.json_pointer import reference

# Follows a reference, if a node is one.
Resolve = Callable[[Any], Any]
Errors = Sequence[jsonschema_rs.ValidationError]
# Errors about what an object has, and not about the value of a field.
_OF_THE_OBJECT = frozenset({"required", "additionalProperties", "unevaluatedProperties", "minProperties"})


def meant_branch(error: jsonschema_rs.ValidationError, branches: Iterable[Errors], resolve: Resolve) -> Errors:
    """The errors of the branch that comes nearest to the value.

    That is the one whose constants the value has: an envelope's code, a type's name. Among several, it is the one that
    fails in the fewest fields of the value itself, rarely, and deep within it; then the first.

    Args:
        error: of the keyword that has the branches.
        branches: the errors of each.
    """
    depth = len(error.instance_path)
    node = resolve({"$ref": reference(error.schema_path)})
    telling = frozenset(name for branch in node for name in _constants(branch, resolve))
    return min(branches, key=lambda errors: _distance(errors, depth, telling))


def _constants(schema: Any, resolve: Resolve) -> Iterator[str]:
    """The names of the properties that have one value only."""
    schema = resolve(schema)
    if not isinstance(schema, dict):
        return
    for name, entry in schema.get("properties", {}).items():
        content = resolve(entry)
        if isinstance(content, dict) and ("const" in content or len(content.get("enum", ())) == 1):
            yield name
    for part in schema.get("allOf", ()):
        yield from _constants(part, resolve)


def _distance(errors: Errors, depth: int, telling: frozenset[str]) -> tuple[int, int, int]:
    of_the_whole = sum(error.kind.name == "type" and len(error.instance_path) == depth for error in errors)
    own = {
        error.instance_path[depth]
        for error in errors
        if len(error.instance_path) == depth + 1 and error.kind.name not in _OF_THE_OBJECT
    }
    if telling:
        misses = sum(name in telling for name in own)
    else:
        misses = sum(error.kind.name in ("constant", "const") for error in errors)
    deepest = max((len(error.instance_path) for error in errors), default=0)
    # A wrong type of the whole says more than anything that another branch demands of its fields.
    return of_the_whole + misses, len(own) if telling else 0, len(errors) * 10 - deepest
