"""`bodydouble replay`."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bodydouble.contracts.core.printable import counted, printable
from bodydouble.contracts.model import documents
from bodydouble.mock_server.cli.foreground import serving, wait_for_stop, write_report

if TYPE_CHECKING:
    from bodydouble.contracts.proxy.recording import Miss, ReplayReport


@click.command()
@click.argument("har", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option(
    "--port", default=8081, show_default=True, type=click.IntRange(0, 65535), help="Port; 0 chooses a free port."
)
@click.option(
    "--vendor",
    type=click.Choice(documents.names()),
    help="Whose signatures and credentials are not compared; a recording of `bodydouble proxy` says it itself.",
)
@click.option(
    "--ignore",
    multiple=True,
    metavar="NAME",
    help="A query parameter or a body's field that is not compared, at any depth; may be repeated.",
)
@click.option("--report", type=click.Path(dir_okay=False, path_type=Path), help="File for a JSON report.")
@click.option("--fail-on-miss", is_flag=True, help="Exit with 1 if there was a request without a recorded response.")
def replay(
    har: Path,
    host: str,
    port: int,
    vendor: str | None,
    ignore: tuple[str, ...],
    report: Path | None,
    fail_on_miss: bool,
) -> None:
    """Serve a recording: HAR is an HTTP Archive of `bodydouble proxy` or of another program.

    A request gets the recorded response whose request has the same method, path, query and body. Equal requests get
    their responses in the order of the recording, and then the last one again. What is redacted in the recording
    matches everything; headers are not compared. A request that was not recorded gets a 404 that names the nearest
    entry.

    While it runs, GET /_replay/report returns what was served as JSON. Ctrl-C ends it. Exit codes: 0 ended, 1 requests
    without a recorded response (with --fail-on-miss), 2 could not run.

    \b
    Try:
      bodydouble proxy guiji --upstream http://127.0.0.1:8080 --har traffic.har
      bodydouble replay traffic.har
    """
    # Imported here, so that --help and errors in the arguments are shown at once.
    from bodydouble.contracts.model.loader import load_contract
    from bodydouble.contracts.proxy.har_reader import read_har
    from bodydouble.contracts.proxy.replay import Replay, recorded_vendor

    with serving():
        archive = read_har(har)
        name = vendor or recorded_vendor(archive)
        contract = load_contract(name) if name in documents.names() else None
        with Replay(archive, contract, ignored=ignore, host=host, port=port) as running:
            for remark in running.remarks:
                click.echo(f"not served: {printable(remark)}", err=True)
            click.echo(f"bodydouble replay on {running.base_url}: {counted(len(running), 'exchange')}; Ctrl-C ends it")
            wait_for_stop()
        result = running.report()
        write_report(report, result)
    _print(result)
    if fail_on_miss and result.missed:
        sys.exit(1)


def _print(report: "ReplayReport") -> None:
    for miss in report.misses:
        click.echo(printable(f"not recorded: {miss.request}{_nearest(miss)}"))
    served, missed = counted(report.served, "request"), report.missed
    unused = counted(len(report.unused), "recorded exchange")
    click.echo(f"{served} served, {missed} not recorded; {unused} not asked for")


def _nearest(miss: "Miss") -> str:
    if miss.nearest is None:
        return ""
    return f"; entry {miss.nearest.entry} ({miss.nearest.request}) differs in: {', '.join(miss.nearest.differences)}"
