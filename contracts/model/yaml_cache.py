"""YAML files, parsed once on a machine: reading them anew would be half of a server's start.

The result is cached as JSON, under a name that follows from the file's bytes.
"""

from typing import Any

from bodydouble.contracts.core import user_cache

# Part of the names, for the day on which the same bytes must be read differently.
_FORMAT = b"yaml 3"


def read(raw: bytes) -> Any:
    """Parse a YAML file's bytes, or take the cached result.

    Raises:
        UnportableYamlError: they are not YAML that every parser reads the same.
    """
    name = user_cache.name_of([_FORMAT, raw])
    content = user_cache.read(name)
    if content is None:
        content = _parse(raw)
        user_cache.write(name, content)
    return content


def _parse(raw: bytes) -> Any:
    # Imported here: with everything cached, the parser is not needed at all.
    from bodydouble.contracts.model import portable_yaml

    return portable_yaml.parse(raw)
