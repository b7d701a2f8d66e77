"""Reading a file of options: TOML, YAML or JSON."""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click
import yaml

_TOML = (".toml",)


def mapping(path: Path) -> Mapping[Any, Any]:
    """What a file says of options, by their names.

    Raises:
        click.BadParameter: it cannot be read, or is not a mapping.
    """
    try:
        text = path.read_text()
        content = tomllib.loads(text) if path.suffix.lower() in _TOML else yaml.load(text, _StrictLoader)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, yaml.YAMLError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else " ".join(str(error).split())
        raise click.BadParameter(f"{path} cannot be read: {reason}") from error
    if content is None:
        return {}
    if not isinstance(content, dict):
        raise click.BadParameter(f"{path}: must be a mapping of options to values")
    return content


class _StrictLoader(yaml.SafeLoader):
    """Refuses repeated keys, of which YAML would silently take the last."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        keys = [self.construct_object(key, deep=True) for key, _ in node.value]
        repeated = {str(key) for key in keys if keys.count(key) > 1}
        if repeated:
            raise yaml.constructor.ConstructorError(None, None, f"repeated: {', '.join(sorted(repeated))}")
        return super().construct_mapping(node, deep)
