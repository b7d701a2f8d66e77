"""`bodydouble proxy`."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.console import Console

from bodydouble.contracts.core.printable import counted, printable
from bodydouble.contracts.model import documents
from bodydouble.mock_server.cli.foreground import serving, wait_for_stop, write_report
from bodydouble.mock_server.cli.rows import print_rows
from bodydouble.mock_server.cli.tls_options import ca_option, insecure_option

if TYPE_CHECKING:
    from bodydouble.contracts.proxy.drift_detector import DriftEntry
    from bodydouble.contracts.proxy.drift_report import DriftReport

COLUMNS = ("operation", "origin", "where", "rule", "expected", "got", "count")


@click.command()
@click.argument("vendor", type=click.Choice(documents.names()), metavar="VENDOR")
@click.option("--upstream", required=True, metavar="URL", help="Base URL of the real endpoint: https://HOST[:PORT].")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option(
    "--port", default=8081, show_default=True, type=click.IntRange(0, 65535), help="Port; 0 chooses a free port."
)
@click.option("--har", type=click.Path(dir_okay=False, path_type=Path), help="Record into this HTTP Archive, redacted.")
@click.option("--report", type=click.Path(dir_okay=False, path_type=Path), help="File for a JSON report.")
@click.option(
    "--host-header",
    default="keep",
    show_default=True,
    type=click.Choice(["keep", "upstream"]),
    help="The Host header that the endpoint gets: the client's, which its signature may cover, or the endpoint's own.",
)
@click.option(
    "--timeout", default=60.0, show_default=True, type=click.FloatRange(0.1, 3600), help="Seconds, for each wait."
)
@ca_option
@insecure_option
@click.option("--fail-on-drift", is_flag=True, help="Exit with 1 if the endpoint differs from the contract.")
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
    ca: Path | None,
    insecure: bool,
    fail_on_drift: bool,
    fail_on_misuse: bool,
) -> None:
    """Forward requests to a real endpoint, and report where the traffic differs from VENDOR's contract.

    Requests are forwarded exactly as they came (method, path, query, headers, body bytes), so that signatures stay
    valid; so are responses. Both are validated on the way. Point the client at the address that is printed. Ctrl-C
    ends the proxy and prints the findings as a table.

    HTTP_PROXY, HTTPS_PROXY and NO_PROXY of the environment apply to the endpoint. A client may have this proxy as its
    http_proxy; tunnels (CONNECT) and WebSockets are refused.

    While it runs, GET /_proxy/drift returns the findings as JSON. Secrets and personal data are redacted in the output,
    the report and the recording. Exit codes: 0 ended, 1 findings (with --fail-on-...), 2 could not run.

    \b
    Try, with the mock server as the endpoint:
      bodydouble serve --port 8080 &
      bodydouble proxy guiji --upstream http://127.0.0.1:8080 --har traffic.har
      bodydouble examples guiji traffic.har
    """
    # Imported here, so that --help and errors in the arguments are shown at once.
    from bodydouble.contracts.model.loader import load_contract
    from bodydouble.contracts.proxy.server import Proxy

    with serving():
        with Proxy(
            load_contract(vendor),
            upstream,
            host=host,
            port=port,
            har=har,
            keep_host=host_header == "keep",
            timeout=timeout,
            verify=not insecure,
            ca=ca,
        ) as running:
            if report is not None:
                report.write_text("")
            through = f" through {running.through}" if running.through else ""
            route = f"{running.base_url} -> {running.upstream}{through}"
            click.echo(f"bodydouble proxy on {route}, contract {vendor}; Ctrl-C ends it")
            wait_for_stop()
        result = running.report()
        write_report(report, result)
    _print(result, running.unrecorded)
    if (fail_on_drift and result.drift) or (fail_on_misuse and result.misuse):
        sys.exit(1)


def _cells(entry: "DriftEntry") -> tuple[str, ...]:
    where = f"{entry.direction} {entry.part}{entry.pointer}"
    return entry.operation, entry.origin, where, entry.rule, entry.expected, entry.sample, str(entry.count)


def _print(report: "DriftReport", unrecorded: int) -> None:
    console = Console()
    if report.entries:
        rows = [_cells(entry) for entry in report.entries]
        print_rows(console, f"{report.vendor}: findings", COLUMNS, rows)
    console.print(
        f"{counted(report.exchanges, 'exchange')}, {counted(report.validated, 'response')} validated, "
        f"{counted(len(report.operations), 'operation')}: {counted(len(report.drift), 'kind')} of drift, "
        f"{counted(len(report.misuse), 'kind')} of misuse by the client",
        highlight=False,
        soft_wrap=True,
    )
    for coding, count in report.unknown_codings.items():
        text = f"{counted(count, 'message')} neither checked nor recorded: the content coding {coding} is unknown"
        console.print(printable(text), highlight=False, markup=False, soft_wrap=True)
    if report.entries_dropped or unrecorded:
        dropped = f"{counted(report.entries_dropped, 'finding')} and {counted(unrecorded, 'recorded exchange')}"
        console.print(f"limits: {dropped} dropped")
