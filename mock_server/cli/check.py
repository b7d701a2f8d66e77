"""`bodydouble check`."""

import random
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from bodydouble.contracts.model import documents
from bodydouble.contracts.model.loader import load_contract
from bodydouble.mock_server.cli.value_files import credentials_of, mapping

if TYPE_CHECKING:
    from bodydouble.contracts.endpoint.report import Report

BROKEN = 1
CANNOT_RUN = 2
# What makes more of an operation that could not be told much about.
_REMEDIES = {
    "refused": "no request succeeded, so little could be told; name values that exist there with --known",
    "skipped": "give those that cost a budget with --metered",
}
_COLOURS = {"passed": "green", "failed": "red", "refused": "yellow", "skipped": "yellow"}


def _seconds(default: float, description: str, **limits: Any) -> dict[str, Any]:
    return {
        "default": default,
        "show_default": True,
        "type": click.FloatRange(**limits),
        "metavar": "SECONDS",
        "help": description,
    }


@click.command()
@click.argument("vendor", type=click.Choice(documents.names()))
@click.option("--url", required=True, help="The endpoint: scheme, host and port.")
@click.option(
    "--credentials",
    type=click.Path(path_type=Path),
    callback=mapping,
    help="JSON or YAML file with the vendor's credentials by name, or with what the control plane says of an account.",
)
@click.option(
    "--metered",
    default=0,
    show_default=True,
    type=click.IntRange(min=0),
    metavar="N",
    help="At most N requests to operations that cost money or quota, refused ones included. Shared among them.",
)
@click.option("--operation", "operations", multiple=True, metavar="ID", help="Test this operation. May be repeated.")
@click.option(
    "--known",
    type=click.Path(path_type=Path),
    callback=mapping,
    help="JSON or YAML file with lists of values that exist at the endpoint, by field: {sceneId: ['-101']}.",
)
@click.option("--rate", type=click.FloatRange(min=0, min_open=True), metavar="N", help="At most N requests a second.")
@click.option("--timeout", **_seconds(30.0, "How long an answer may take.", min=0, min_open=True))
@click.option(
    "--examples", default=100, show_default=True, type=click.IntRange(1, 10_000), help="Fuzzed requests each."
)
@click.option("--seed", type=click.IntRange(min=0), help="Makes the same requests again.")
@click.option("--poll", **_seconds(20.0, "How long created tasks are watched; 0 for not at all.", min=0))
@click.option("--poll-interval", **_seconds(0.5, "Between two looks at a task.", min=0.001))
@click.option(
    "--shrink",
    default=50,
    show_default=True,
    type=click.IntRange(min=0),
    metavar="N",
    help="At most N requests to find the smallest one that shows a broken promise; 0 for none.",
)
@click.option("--junit", type=click.Path(path_type=Path, dir_okay=False), help="File for a JUnit XML report.")
@click.option("--json", "json_file", type=click.Path(path_type=Path, dir_okay=False), help="File for a JSON report.")
@click.option("--html", type=click.Path(path_type=Path, dir_okay=False), help="File for a page to read.")
def check(
    vendor: str,
    url: str,
    credentials: dict[str, Any],
    metered: int,
    operations: tuple[str, ...],
    known: dict[str, Any] | None,
    rate: float | None,
    timeout: float,
    examples: int,
    seed: int | None,
    poll: float,
    poll_interval: float,
    shrink: int,
    junit: Path | None,
    json_file: Path | None,
    html: Path | None,
) -> None:
    """Hold an endpoint to the contract of VENDOR.

    Sends valid, broken and random requests, signed as the vendor wants it, and holds every answer to the specification,
    errors inside HTTP 200 included. Watches what it creates: states move only along the declared edges.

    Operations that cost are left alone, unless --metered says how many requests they may get. Secrets appear in no
    report: curl lines take them from shell variables.

    Exits with 0 if every promise is kept, 1 if one is broken, 2 if the test could not run.

    \b
    Try, with `bodydouble serve` running:
      curl -s http://127.0.0.1:8080/_mock/accounts/default > account.json
      bodydouble check guiji --url http://127.0.0.1:8080 --credentials account.json --html report.html
    """
    # Imported here, so that other commands do without the libraries of the contract tests.
    try:
        from bodydouble.contracts.endpoint import run
        from bodydouble.contracts.endpoint.reports import write
    except ImportError as error:
        click.echo(f"{error.name} is missing: pip install 'bodydouble[contract-tests]'", err=True)
        sys.exit(CANNOT_RUN)
    options = run.Options(
        seed=random.SystemRandom().randrange(2**31) if seed is None else seed,
        examples=examples,
        operations=frozenset(operations),
        known={str(name): value if isinstance(value, list) else [value] for name, value in (known or {}).items()},
        metered=metered,
        rate=rate,
        timeout=timeout,
        poll=poll,
        poll_interval=poll_interval,
        shrink=shrink,
    )
    bar = Progress(
        TextColumn("{task.fields[phase]:<9}"),
        BarColumn(),
        TaskProgressColumn(),
        TextColumn("{task.fields[numbers]}"),
        TimeElapsedColumn(),
        console=Console(stderr=True),
        transient=True,
    )
    task = bar.add_task("", total=None, phase="starting", numbers="")

    def show(progress: run.Progress) -> None:
        numbers = f"{progress.requests} requests, {progress.metered} of {metered} metered, {progress.findings} broken"
        bar.update(task, completed=progress.done, total=progress.steps, phase=progress.phase, numbers=numbers)

    try:
        with bar:
            report = run.run(load_contract(vendor), url, credentials_of(vendor, credentials), options, show)
        write(report, junit=junit, json=json_file, html=html)
    except (run.CannotRun, OSError) as error:
        click.echo(f"Error: {error}", err=True)
        sys.exit(CANNOT_RUN)
    _show(report)
    if report.findings:
        sys.exit(BROKEN)
    sys.exit(CANNOT_RUN if report.errors else 0)


def _show(report: "Report") -> None:
    console = Console()
    table = Table("operation", "verdict", title=f"{report.vendor} at {report.url}")
    for heading in ("requests", "succeeded", "broken"):
        table.add_column(heading, justify="right")
    for name, tested in report.operations.items():
        verdict = report.verdict(name)
        shown = f"{name} (metered)" if name in report.metered_operations else name
        broken = str(len(report.findings_of(name)) or "")
        colour = _COLOURS[verdict]
        table.add_row(
            escape(shown),
            f"[{colour}]{verdict}[/{colour}]",
            str(tested.total),
            str(tested.successes),
            str(broken or ""),
        )
    console.print(table)
    unseen: dict[str, list[str]] = {}
    for one in report.lifecycles:
        states = " -> ".join(seen.state or str(seen.code) for seen in one.seen)
        if not states:
            unseen.setdefault(one.note, []).append(one.operation)
            continue
        notes = [f"ended by {one.asked}"] if one.asked else []
        notes += [one.note] if one.note else []
        shown = f" ({'; '.join(notes)})" if notes else ""
        click.echo(f"{one.lifecycle} of {one.operation}: {states}{shown}")
    for note, operations in unseen.items():
        click.echo(f"{note}: {', '.join(operations)}")
    for finding in report.findings:
        # Not wrapped and not marked up: the lines are there to be copied.
        click.echo(f"\n{finding}")
    for error in report.errors:
        click.echo(f"\nCould not run: {error}", err=True)
    for verdict, remedy in _REMEDIES.items():
        count = sum(report.verdict(name) == verdict for name in report.operations)
        if count:
            click.echo(f"\n{count} {'operation' if count == 1 else 'operations'} {verdict}: {remedy}")
    limit = "any number" if report.metered_limit is None else report.metered_limit
    click.echo(
        f"\n{len(report.findings)} broken promises; {report.requests} requests in {report.seconds:.1f} s, "
        f"metered {report.metered} of {limit}; repeat with --seed {report.seed}"
    )
