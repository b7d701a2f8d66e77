"""What `bodydouble check` prints."""

import click
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from bodydouble.contracts.core.printable import counted
from bodydouble.contracts.endpoint.report import EndpointReport, LifecycleResult

# How to test more of an operation that was hardly tested.
_REMEDIES = {
    "rejected": "no request succeeded, so little was tested; name values that exist there with --known",
    "untested": "the run ended before any request to it",
    "skipped": "give metered operations a budget with --metered",
}
_COLOURS = {"passed": "green", "failed": "red", "rejected": "yellow", "skipped": "yellow", "untested": "yellow"}


def show(report: EndpointReport) -> None:
    """Print a report: a table of operations, the lifecycles, each finding, and a summary."""
    Console().print(_table(report))
    _show_lifecycles(report)
    for finding in report.findings:
        # Not wrapped and not marked up: the lines are there to be copied.
        click.echo(f"\n{finding}")
    _show_laws(report)
    for error in report.errors:
        click.echo(f"\nNot all was tested: {error}", err=True)
    verdicts = [report.verdict(name) for name in report.operations]
    for verdict, remedy in _REMEDIES.items():
        count = verdicts.count(verdict)
        if count:
            click.echo(f"\n{counted(count, 'operation')} {verdict}: {remedy}")
    limit = "any number" if report.metered_limit is None else report.metered_limit
    click.echo(
        f"\n{counted(len(report.findings), 'violation')}; {counted(report.requests, 'request')} "
        f"in {report.seconds:.1f} s, metered {report.metered} of {limit}; repeat with --seed {report.seed}"
    )


def _table(report: EndpointReport) -> Table:
    table = Table("operation", "verdict", title=f"{report.vendor} at {report.url}")
    for heading in ("requests", "succeeded", "violations"):
        table.add_column(heading, justify="right")
    for name, result in report.operations.items():
        verdict = report.verdict(name)
        colour = _COLOURS[verdict]
        table.add_row(
            escape(f"{name} (metered)" if name in report.metered_operations else name),
            f"[{colour}]{verdict}[/{colour}]",
            str(result.total),
            str(result.successes),
            str(len(report.findings_of(name)) or ""),
        )
    return table


def _show_laws(report: EndpointReport) -> None:
    if not report.laws:
        return
    click.echo(f"\n{report.law_counts}")
    for reason, laws in report.untested_laws.items():
        click.echo(f"  {reason}: {'; '.join(laws)}")


def _show_lifecycles(report: EndpointReport) -> None:
    unseen: dict[str, list[str]] = {}
    for result in report.lifecycles:
        if result.states:
            click.echo(_lifecycle_line(result))
        else:
            unseen.setdefault(result.note, []).append(result.operation)
    for note, operations in unseen.items():
        click.echo(f"{note}: {', '.join(operations)}")


def _lifecycle_line(result: LifecycleResult) -> str:
    states = " -> ".join(state.state or str(state.code) for state in result.states)
    notes = [f"ended by {result.ended_by}"] if result.ended_by else []
    notes += [result.note] if result.note else []
    suffix = f" ({'; '.join(notes)})" if notes else ""
    return f"{result.lifecycle} of {result.operation}: {states}{suffix}"
