"""The command `bodydouble`."""

import gc
import importlib
from collections.abc import Iterator
from contextlib import contextmanager

# Nothing that is imported is garbage, here and below: to look for it takes a sixth of the time.
gc.disable()
import click  # noqa: E402

# In the order in which --help lists them. Each is a function of its name in a module of its name, which is imported
# only when it is needed: the testers import what would slow the start of the server.
COMMANDS = ("serve", "seed", "snapshot", "specs", "check", "receiver", "proxy", "examples", "replay", "docs")


class _Commands(click.Group):
    """Subcommands that are imported when they are needed."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        with _without_collecting():
            module = importlib.import_module(f"bodydouble.mock_server.cli.{cmd_name}")
        command: click.Command = getattr(module, cmd_name)
        return command


@contextmanager
def _without_collecting() -> Iterator[None]:
    gc.disable()
    try:
        yield
    finally:
        _collect_again()


def _collect_again() -> None:
    # What was imported stays for good: the first collection would look at all of it.
    gc.freeze()
    gc.enable()


@click.group(
    cls=_Commands, context_settings={"help_option_names": ["-h", "--help"], "auto_envvar_prefix": "BODYDOUBLE"}
)
@click.version_option(package_name="bodydouble")
def main() -> None:
    """A local mock server for the avatar APIs of digital-human clouds; `bodydouble specs` lists them.

    Point a vendor's own SDK, or any HTTP client, at it instead of the vendor: signatures are checked, tasks go
    through their states on a clock that you control, callbacks arrive signed and retried, results can be downloaded.
    """


_collect_again()
