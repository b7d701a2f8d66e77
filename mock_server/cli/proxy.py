"""`bodydouble proxy`."""

import json
import logging
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from bodydouble.contracts.model import documents
from bodydouble.contracts.model.documents import SpecificationError

if TYPE_CHECKING:
    from bodydouble.contracts.proxy.drift_report import DriftReport

COULD_NOT_RUN = 2
STOPPING = (signal.SIGINT, signal.SIGTERM)


@click.command()
@click.argument("vendor", type=click.Choice(documents.names()), metavar="VENDOR")
@click.option("--upstream", required=True, metavar="URL", help="Base URL of the real endpoint: https://HOST[:PORT].")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option(
    "--port", default=8081, show_default=True, type=click.IntRange(0, 65535), help="Port; 0 takes a free one."
)
@click.option("--har", type=click.Path(dir_okay=False, path_type=Path), help="Record into this HTTP Archive, redacted.")
@click.option("--report", type=click.Path(dir_okay=False, path_type=Path), help="Write the findings there as JSON.")
@click.option(
    "--host-header",
    default="keep",
    show_default=True,
    type=click.Choice(["keep", "upstream"]),
    help="Which Host the endpoint sees: the client's own, which its signature may cover, or the endpoint's.",
)
@click.option(
    "--timeout", default=60.0, show_default=True, type=click.FloatRange(0.1, 3600), help="Seconds, of each wait."
)
@click.option("--insecure", is_flag=True, help="Do not check the endpoint's certificate.")
@click.option("--fail-on-drift", is_flag=True, help="Exit with 1 if the endpoint did what the contract does not say.")
@click.option("--fail-on-misuse", is_flag=True, help="Exit with 1 if the client sent what the contract forbids.")
def proxy(
    vendor: str,
    upstream: str,
    host: str,
    port: int,
    har: Path | None,
    report: Path | None,
    host_header: str,
    timeout: float,
    insecure: bool,
    fail_on_drift: bool,
    fail_on_misuse: bool,
) -> None:
    """Stand between a client and a real endpoint, and report where their traffic departs from VENDOR's contract.

    Requests go on exactly as they came (method, path, query, headers, body bytes), so that signatures stay good;
    answers come back exactly as they are. Both are held to the contract on the way. Point the client at the address
    that is printed; end with Ctrl-C, which prints the findings as a table.

    While it runs, GET /_proxy/drift answers the findings as JSON. Nothing that is printed, reported or recorded holds
    secrets or personal data. Exit codes: 0 ended, 1 findings (with --fail-on-...), 2 could not run.

    \b
    Try, with the double itself as the endpoint:
      bodydouble serve --port 8080 &
      bodydouble proxy guiji --upstream http://127.0.0.1:8080 --har traffic.har
      bodydouble examples guiji traffic.har
    """
    # Imported here, so that --help and mistakes in the arguments are answered at once.
    from bodydouble.contracts.model.loader import load_contract
    from bodydouble.contracts.proxy.server import Proxy

    logging.basicConfig(format="%(levelname)s %(name)s: %(message)s")
    # Before any thread starts, for threads inherit what is blocked: the signals are to wait for us alone.
    signal.pthread_sigmask(signal.SIG_BLOCK, STOPPING)
    try:
        with Proxy(
            load_contract(vendor),
            upstream,
            host=host,
            port=port,
            har=har,
            keep_host=host_header == "keep",
            timeout=timeout,
            verify=not insecure,
        ) as running:
            if report is not None:
                report.write_text("")
            click.echo(f"bodydouble proxy on {running.base_url} -> {upstream}, contract {vendor}; Ctrl-C ends it")
            signal.sigwait(STOPPING)
            signal.pthread_sigmask(signal.SIG_UNBLOCK, STOPPING)
        found = running.report()
        if report is not None:
            report.write_text(json.dumps(found.as_json(), ensure_ascii=False, indent=2) + "\n")
    except (OSError, ValueError, SpecificationError) as error:
        click.echo(f"Error: {error}", err=True)
        sys.exit(COULD_NOT_RUN)
    _print(found, running.unrecorded)
    if (fail_on_drift and found.drift) or (fail_on_misuse and found.misuse):
        sys.exit(1)


def _print(found: "DriftReport", unrecorded: int) -> None:
    console = Console()
    if found.rows:
        table = Table(title=f"{found.vendor}: findings")
        for name in ("operation", "by", "where", "rule", "expected", "got", "count"):
            # What a person would look up is never cut off.
            table.add_column(name, overflow="fold", no_wrap=name in ("by", "rule", "count"))
        for row in found.rows:
            where = f"{row.direction} {row.part}{row.pointer}"
            cells = (row.operation, row.by, where, row.rule, row.expected, row.sample, str(row.count))
            # Brackets in values are no styles.
            table.add_row(*map(escape, cells))
        console.print(table)
    console.print(
        f"{found.exchanges} exchanges, {found.validated} answers validated, {len(found.operations)} operations: "
        f"{len(found.drift)} kinds of drift, {len(found.misuse)} of misuse by the client",
        highlight=False,
        soft_wrap=True,
    )
    if found.rows_dropped or unrecorded:
        console.print(f"limits: {found.rows_dropped} findings and {unrecorded} recorded exchanges were dropped")
