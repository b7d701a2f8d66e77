"""A command whose options may also come from the environment and from a file."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

PREFIX = "BODYDOUBLE_"


class ConfiguredCommand(click.Command):
    """A command with `--config FILE`, each of whose options has a variable: `--port` is `BODYDOUBLE_PORT`.

    The command line comes first, then the environment, then the file.
    """

    def __init__(self, *args: Any, **attributes: Any) -> None:
        super().__init__(*args, **attributes)
        config = click.Option(
            ["--config"],
            metavar="FILE",
            is_eager=True,
            expose_value=False,
            callback=_read_config,
            type=click.Path(path_type=Path),
            help="TOML, YAML or JSON file with options of this command, by their names.",
        )
        self.params.insert(0, config)
        for option in self.params:
            if isinstance(option, click.Option) and option.envvar is None and option.name != "help":
                option.envvar = PREFIX + _long_name(option).upper().replace("-", "_")
                option.show_envvar = True


def _long_name(option: click.Option) -> str:
    return next(name for name in option.opts if name.startswith("--")).removeprefix("--")


def _read_config(context: click.Context, parameter: click.Parameter, path: Path | None) -> None:
    """Let a file say what the options are that nothing else says.

    Raises:
        click.BadParameter: it cannot be read, names no option, or gives one a value of another kind.
    """
    if path is None:
        return
    options = {
        _long_name(option): option
        for option in context.command.params
        if isinstance(option, click.Option) and option is not parameter
    }
    defaults: dict[str, Any] = {}
    for key, value in _mapping(path).items():
        name = str(key).replace("_", "-")
        if name not in options:
            raise click.BadParameter(f"{path}: there is no option {key}; there are {', '.join(sorted(options))}")
        option = options[name]
        if option.name in defaults:
            raise click.BadParameter(f"{path}: {name} occurs twice")
        defaults[str(option.name)] = _option_value(path, option, value)
    context.default_map = {**(context.default_map or {}), **defaults}


def _mapping(path: Path) -> Mapping[Any, Any]:
    # Imported here: most commands are started without a file.
    from bodydouble.mock_server.cli import config_files

    return config_files.mapping(path)


def _option_value(path: Path, option: click.Option, value: Any) -> Any:
    """The value as the command line would give it, so that it is validated in the same way."""
    name = _long_name(option)
    if option.is_flag:
        if not isinstance(value, bool):
            raise click.BadParameter(f"{path}: {name} must be true or false")
        return value
    if option.multiple:
        entries = value if isinstance(value, list) else [value]
        return [_text(path, name, entry) for entry in entries]
    return _text(path, name, value)


def _text(path: Path, name: str, value: Any) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise click.BadParameter(f"{path}: {name} must be a text or a number")
    return str(value)
