"""`bodydouble receiver`."""

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from rich.console import Console

from bodydouble.contracts.core.extras import CONTRACT_TESTS
from bodydouble.contracts.core.names import plain_name
from bodydouble.contracts.core.printable import counted
from bodydouble.contracts.core.tls import Trust
from bodydouble.contracts.model import documents
from bodydouble.contracts.model.loader import load_contract
from bodydouble.mock_server.cli.rows import print_rows
from bodydouble.mock_server.cli.tls_options import ca_option, insecure_option
from bodydouble.mock_server.cli.value_files import credentials_of, mapping

if TYPE_CHECKING:
    from bodydouble.contracts.receiver.report import ReceiverReport

CANNOT_RUN = 2
_COLOURS = {"passed": "green", "failed": "red", "not applicable": "yellow"}


def _pair(context: click.Context, parameter: click.Parameter, values: tuple[str, ...]) -> dict[str, str]:
    pairs = [value.partition("=") for value in values]
    if not all(name and equals for name, equals, _ in pairs):
        raise click.BadParameter("must be NAME=VALUE")
    return {name: value for name, _, value in pairs}


@click.command()
@click.argument("vendor", type=click.Choice([name for name in documents.names() if name != "control"]))
@click.argument("callback")
@click.option("--url", required=True, help="The receiver's URL, as it would be registered with the vendor.")
@click.option(
    "--probe",
    metavar="URL",
    help='Responds to a GET with what the receiver has processed: {"processed": 2, "tasks": {"913318": 5}}. '
    "Without it, duplicates and order are not tested.",
)
@click.option(
    "--key",
    "keys",
    metavar="NAME=VALUE",
    multiple=True,
    callback=_pair,
    help="A value that signatures are computed from: authKey, tenantId, key. May be repeated.",
)
@click.option(
    "--credentials",
    type=click.Path(path_type=Path),
    callback=mapping,
    help="JSON or YAML file with such values, by name, or by vendor and name. Keeps them out of the command line.",
)
@click.option(
    "--signature",
    type=click.Path(path_type=Path),
    callback=mapping,
    help="JSON or YAML file with an x-signature in place of the specification's.",
)
@click.option(
    "--window",
    type=click.FloatRange(min=0, min_open=True),
    metavar="SECONDS",
    help="How far a timestamp may be off. By default what the vendor documents, or 300.",
)
@click.option(
    "--examples", default=50, show_default=True, type=click.IntRange(1, 10_000), help="Payloads for each property."
)
@click.option(
    "--seed", type=click.IntRange(min=0), help="The same seed generates the same payloads. Identifiers always differ."
)
@click.option(
    "--settle",
    default=5.0,
    show_default=True,
    type=click.FloatRange(0, 600),
    metavar="SECONDS",
    help="How long the receiver may take to process what it has acknowledged.",
)
@ca_option
@insecure_option
@click.option("--report", type=click.Path(path_type=Path, dir_okay=False), help="File for a JSON report.")
def receiver(
    vendor: str,
    callback: str,
    url: str,
    probe: str | None,
    keys: dict[str, str],
    credentials: dict[str, Any] | None,
    signature: dict[str, Any] | None,
    window: float | None,
    examples: int,
    seed: int | None,
    settle: float,
    ca: Path | None,
    insecure: bool,
    report: Path | None,
) -> None:
    """Test your callback receiver against CALLBACK of VENDOR.

    Sends generated callbacks. Valid callbacks must be acknowledged as documented. Wrongly signed, stale and changed
    callbacks must be rejected. Repeated callbacks must have one effect. Late and reordered callbacks must not move a
    task backwards. Rules that do not apply, for instance because the vendor signs nothing, are shown with the reason.
    `bodydouble specs --operations` lists the callbacks.

    Exits with 0 if every rule is followed, 1 if one is violated, 2 if nothing could be tested.

    \b
    Try:
      bodydouble receiver guiji videoResult --url http://127.0.0.1:9000/guiji
    """
    # Imported here, so that other commands do not need the libraries of the contract tests.
    try:
        from bodydouble.contracts.receiver import run as tester
        from bodydouble.contracts.receiver.probe import ProbeError, http_probe
        from bodydouble.contracts.receiver.sender import ReceiverUnreachable
    except ImportError as error:
        click.echo(f"{error.name} is missing: {CONTRACT_TESTS}", err=True)
        sys.exit(CANNOT_RUN)
    trust = Trust(ca, verify=not insecure)
    options = tester.ReceiverOptions(
        {**credentials_of(vendor, credentials), **keys}, signature, window, examples, settle, seed, trust
    )
    try:
        if report is not None:
            report.touch()
        result = tester.run(load_contract(vendor), callback, url, http_probe(probe, trust) if probe else None, options)
        if report is not None:
            report.write_text(json.dumps(result.as_json(), ensure_ascii=False, indent=2) + "\n")
    except tester.UnfittingKey as error:
        option = "--key" if any(plain_name(name) == plain_name(error.name) for name in keys) else "--credentials"
        raise click.BadParameter(str(error), param_hint=f"{option} {error.name}") from error
    except (tester.CannotRun, ReceiverUnreachable, ProbeError, OSError) as error:
        click.echo(f"Error: {error}", err=True)
        sys.exit(CANNOT_RUN)
    _show(result)
    sys.exit(1 if result.failures else 0)


def _show(report: "ReceiverReport") -> None:
    rows = [(check.name, check.verdict, str(check.callbacks), check.reason) for check in report.checks]
    title = f"{report.vendor} {report.callback} at {report.url}"
    print_rows(Console(), title, ("rule", "verdict", "callbacks", "reason"), rows, _COLOURS)
    for failure in report.failures:
        # Not wrapped and not marked up: the lines are there to be copied.
        click.echo(f"\n{failure}")
    violations, sent = counted(len(report.failures), "violation"), counted(report.callbacks, "callback")
    click.echo(f"\n{violations}; {sent} in {report.seconds:.1f} s; repeat with --seed {report.seed}")
