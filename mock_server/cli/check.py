"""`bodydouble check`."""

import random
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

from bodydouble.contracts.core.extras import CONTRACT_TESTS
from bodydouble.contracts.core.printable import counted
from bodydouble.contracts.core.tls import Trust
from bodydouble.contracts.endpoint import options as endpoint_options
from bodydouble.contracts.endpoint.report import EndpointReport
from bodydouble.contracts.model import documents
from bodydouble.contracts.model.loader import load_contract
from bodydouble.mock_server.cli.check_output import show
from bodydouble.mock_server.cli.tls_options import ca_option, insecure_option
from bodydouble.mock_server.cli.value_files import credentials_of, mapping, pace_of

VIOLATED = 1
CANNOT_RUN = 2


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
@click.option("--url", required=True, help="The endpoint: scheme, host and port, and a path if it is below one.")
@click.option(
    "--credentials",
    type=click.Path(path_type=Path),
    callback=mapping,
    help="JSON or YAML file with the vendor's credentials by name, or with an account as the control plane shows it.",
)
@click.option(
    "--other-credentials",
    type=click.Path(path_type=Path),
    callback=mapping,
    help="The same for a second account, which must neither see nor change what the first one creates.",
)
@click.option(
    "--metered",
    default=0,
    show_default=True,
    type=click.IntRange(min=0),
    metavar="N",
    help="At most N requests to operations that cost money or quota, whether they succeed or not. Shared among them.",
)
@click.option("--operation", "operations", multiple=True, metavar="ID", help="Test this operation. May be repeated.")
@click.option(
    "--known",
    type=click.Path(path_type=Path),
    callback=mapping,
    help="JSON or YAML file with lists of values that exist at the endpoint, by field: {sceneId: ['-101']}.",
)
@click.option("--rate", type=click.FloatRange(min=0, min_open=True), metavar="N", help="At most N requests a second.")
@click.option("--timeout", **_seconds(30.0, "How long to wait for a response.", min=0, min_open=True))
@click.option(
    "--examples",
    default=100,
    show_default=True,
    type=click.IntRange(1, 10_000),
    help="Random requests to each operation.",
)
@click.option("--seed", type=click.IntRange(min=0), help="The same seed generates the same requests.")
@click.option("--poll", **_seconds(20.0, "How long created tasks are watched; 0 for not at all.", min=0))
@click.option(
    "--pace",
    type=click.FloatRange(min=0, min_open=True),
    metavar="N",
    help="The endpoint works N times faster than the vendor's own. By default as the file with the credentials says.",
)
@click.option("--poll-interval", **_seconds(0.5, "Between two reads of a task.", min=0.001))
@click.option(
    "--shrink",
    default=50,
    show_default=True,
    type=click.IntRange(min=0),
    metavar="N",
    help="At most N requests to find the smallest one that shows a violation; 0 for none.",
)
@click.option(
    "--max-failures",
    default=endpoint_options.DEFAULT_MAX_FAILURES,
    show_default=True,
    type=click.IntRange(min=1),
    metavar="N",
    help="End after N requests in a row without a response; each is a violation.",
)
@ca_option
@insecure_option
@click.option("--junit", type=click.Path(path_type=Path, dir_okay=False), help="File for a JUnit XML report.")
@click.option("--json", "json_file", type=click.Path(path_type=Path, dir_okay=False), help="File for a JSON report.")
@click.option("--html", type=click.Path(path_type=Path, dir_okay=False), help="File for an HTML page.")
def check(
    vendor: str,
    url: str,
    credentials: dict[str, Any],
    other_credentials: dict[str, Any] | None,
    metered: int,
    operations: tuple[str, ...],
    known: dict[str, Any] | None,
    rate: float | None,
    timeout: float,
    examples: int,
    seed: int | None,
    poll: float,
    pace: float | None,
    poll_interval: float,
    shrink: int,
    max_failures: int,
    ca: Path | None,
    insecure: bool,
    junit: Path | None,
    json_file: Path | None,
    html: Path | None,
) -> None:
    """Check an endpoint against the contract of VENDOR.

    Sends valid, invalid and random requests, signed as the vendor requires, and validates every response against the
    specification, errors inside HTTP 200 included. Watches what it creates: a state may move only along the declared
    edges.

    Metered operations are skipped, unless --metered says how many requests they may get. Secrets appear in no report:
    curl lines take them from shell variables.

    Exits with 0 if there are no violations, 1 if there are some, 2 if the test could not run.

    \b
    Try, with `bodydouble serve` running:
      curl -s http://127.0.0.1:8080/_mock/accounts/default > account.json
      bodydouble check guiji --url http://127.0.0.1:8080 --credentials account.json --html report.html
    """
    options = endpoint_options.EndpointOptions(
        seed=random.SystemRandom().randrange(2**31) if seed is None else seed,
        examples=examples,
        operations=frozenset(operations),
        known={str(name): value if isinstance(value, list) else [value] for name, value in (known or {}).items()},
        metered=metered,
        rate=rate,
        timeout=timeout,
        poll=poll,
        poll_interval=poll_interval,
        other_credentials={} if other_credentials is None else credentials_of(vendor, other_credentials),
        pace=pace_of(credentials) if pace is None else pace,
        shrink=shrink,
        max_failures=max_failures,
        trust=Trust(ca, verify=not insecure),
    )
    report = _run(
        vendor, url, credentials_of(vendor, credentials), options, {"junit": junit, "json": json_file, "html": html}
    )
    show(report)
    if report.findings:
        sys.exit(VIOLATED)
    sys.exit(CANNOT_RUN if report.errors else 0)


def _run(
    vendor: str,
    url: str,
    credentials: dict[str, str],
    options: endpoint_options.EndpointOptions,
    files: dict[str, Path | None],
) -> EndpointReport:
    # Imported here, so that a missing library is reported by name.
    try:
        from bodydouble.contracts.endpoint import run
        from bodydouble.contracts.endpoint.reports import write
    except ImportError as error:
        click.echo(f"{error.name} is missing: {CONTRACT_TESTS}", err=True)
        sys.exit(CANNOT_RUN)
    try:
        with _progress_bar() as bar:
            update = _updater(bar, options)
            report = run.run(load_contract(vendor), url, credentials, options, update)
        write(report, **files)
    except (run.CannotRun, OSError) as error:
        click.echo(f"Error: {error}", err=True)
        sys.exit(CANNOT_RUN)
    return report


def _updater(bar: Progress, options: endpoint_options.EndpointOptions) -> Callable[[endpoint_options.Progress], None]:
    task = bar.add_task("", total=None, phase="starting", numbers="")

    def update(progress: endpoint_options.Progress) -> None:
        numbers = (
            f"{counted(progress.requests, 'request')}, {progress.metered} of {options.metered} metered, "
            f"{counted(progress.findings, 'violation')}"
        )
        bar.update(task, completed=progress.done, total=progress.steps, phase=progress.phase, numbers=numbers)

    return update


def _progress_bar() -> Progress:
    return Progress(
        TextColumn("{task.fields[phase]:<9}"),
        BarColumn(),
        TaskProgressColumn(),
        TextColumn("{task.fields[numbers]}"),
        TimeElapsedColumn(),
        console=Console(stderr=True),
        transient=True,
    )
