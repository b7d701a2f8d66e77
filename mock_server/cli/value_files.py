"""JSON and YAML files with values for a command, read by the callback of an option."""

from pathlib import Path
from typing import Any

import click
import yaml

_RUNNING = "running"


def mapping(context: click.Context, parameter: click.Parameter, path: Path | None) -> dict[str, Any] | None:
    """The content of an option's file; None without the option.

    Raises:
        click.BadParameter: it cannot be read, or is not a mapping.
    """
    if path is None:
        return None
    try:
        content = yaml.safe_load(path.read_text())
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise click.BadParameter(f"{path} cannot be read: {type(error).__name__}") from error
    if not isinstance(content, dict):
        raise click.BadParameter(f"{path} is not a JSON or YAML mapping")
    return content


def credentials_of(vendor: str, content: dict[str, Any] | None) -> dict[str, str]:
    """A vendor's credentials in a file: by name, by vendor and name, or as the control plane shows an account.

    Raises:
        click.BadParameter: the content has another form.
    """
    content = content or {}
    for name in ("vendors", vendor, "credentials"):
        inner = content.get(name, content)
        if not isinstance(inner, dict):
            raise click.BadParameter(f"{name} must be a mapping", param_hint="--credentials")
        content = inner
    return {str(name): str(value) for name, value in content.items() if isinstance(value, str | int)}


def pace_of(content: dict[str, Any] | None) -> float | None:
    """The pace of an account, as the control plane shows it; None if the file has none, or its clock is frozen."""
    content = content or {}
    pace, account_clock = content.get("pace"), content.get("clock")
    runs = not isinstance(account_clock, dict) or account_clock.get("mode", _RUNNING) == _RUNNING
    return float(pace) if isinstance(pace, int | float) and not isinstance(pace, bool) and pace > 0 and runs else None
