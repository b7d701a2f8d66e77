"""Runs `bodydouble check`, as a call of the library, against one mutant."""

import time
import traceback
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

from bodydouble.contracts.endpoint.availability import RunEnded
from bodydouble.contracts.endpoint.report import EndpointReport
from bodydouble.contracts.endpoint.run import CannotRun, EndpointOptions, Progress, run
from bodydouble.contracts.model.contract import Contract, LifecycleRole
from bodydouble.contracts.model.loader import load_contract
from bodydouble.mock_server.cli.value_files import pace_of
from bodydouble.mock_server.testing.server import RunningServer, ServerHandle
from bodydouble.testing import Account, Server
from tests.mutants.model import Kind, Mutant
from tests.mutants.proxy import MutatingProxy
from tests.support.vendor_support import CONTROL, known_values

PACE = 600
# Those of the command by which the tester was evaluated, with fewer random requests: `--examples 25 --metered 200
# --poll 8 --poll-interval 0.2`. Nothing is shrunk: a finding is enough.
OPTIONS = EndpointOptions(examples=8, metered=200, poll=8.0, poll_interval=0.2, shrink=0)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the check said about a mutant.

    Attributes:
        exercised: whether the planting changed any response.
        checks: the checks that have findings, each with an operation.
        operations: those that have findings.
        details: the findings, or why the check could not run.
        seconds: how long the check took.
    """

    vendor: str
    name: str
    kind: Kind
    exercised: bool
    checks: tuple[str, ...]
    operations: frozenset[str]
    details: str
    seconds: float

    @property
    def benign(self) -> bool:
        """Whether a correct endpoint could respond so."""
        return self.kind is Kind.BENIGN

    @property
    def detected(self) -> bool:
        """Whether the check found the fault."""
        return self.exercised and bool(self.checks)


@contextmanager
def server_for(vendor: str, folder: Path, base_url: str) -> Iterator[ServerHandle]:
    """The server for one mutant: the running one, but the control plane, which sees all accounts, has its own."""
    if vendor != CONTROL:
        yield RunningServer(base_url)
        return
    server = Server(folder)
    try:
        yield server
    finally:
        server.stop()


@cache
def contract_of(vendor: str) -> Contract:
    """A vendor's contract, loaded once."""
    return load_contract(vendor)


def focused(mutant: Mutant, options: EndpointOptions) -> EndpointOptions:
    """Options for the operations only in which the fault can show, and those that create what they work on."""
    names = {*mutant.operations, *mutant.also}
    lifecycles = {role.lifecycle.name for name, role in _roles(mutant.vendor) if name in names}
    creates = {
        name for name, role in _roles(mutant.vendor) if role.role == "create" and role.lifecycle.name in lifecycles
    }
    return replace(options, operations=frozenset(names | creates if names else ()))


def _roles(vendor: str) -> list[tuple[str, LifecycleRole]]:
    operations = contract_of(vendor).operations.values()
    return [(operation.id, operation.role) for operation in operations if operation.role is not None]


def check(
    mutant: Mutant, server: ServerHandle, options: EndpointOptions = OPTIONS, *, every_finding: bool = True
) -> Outcome:
    """Check a mutant.

    Args:
        every_finding: whether the run goes on after its first finding.
        server: a fresh account at the pace of the harness is used.
    """
    contract, account = contract_of(mutant.vendor), Account(server, **{"pace": PACE, **mutant.account})
    credentials, known = _access(mutant.vendor, account)
    # The command reads the pace from the account's file.
    options = replace(options, known=known, pace=pace_of(account.description), **mutant.options)
    started = time.monotonic()
    with MutatingProxy(contract, server.base_url, credentials, mutant) as proxy:
        try:
            report: EndpointReport | str = run(
                contract, proxy.base_url, credentials, options, _ignore if every_finding else _end_at_a_finding
            )
        except CannotRun as error:
            report = f"could not run: {error}"
        except Exception:
            # A fault of the tester: shown, and no reason not to test the other mutants.
            report = traceback.format_exc()
        if proxy.errors:
            report = f"the planting failed: {proxy.errors[0]}"
        outcome = _outcome(mutant, proxy.hits, report, time.monotonic() - started)
    account.delete()
    return outcome


def _ignore(progress: Progress) -> None: ...


def _end_at_a_finding(progress: Progress) -> None:
    if progress.findings:
        raise RunEnded("one finding is enough")


def _access(vendor: str, account: Account) -> tuple[Mapping[str, str], dict[str, list[Any]]]:
    if vendor != CONTROL:
        return account.credentials(vendor), {}
    return {}, known_values(CONTROL, account)


def _outcome(mutant: Mutant, hits: int, report: EndpointReport | str, seconds: float) -> Outcome:
    key = (mutant.vendor, mutant.name, mutant.kind, hits > 0)
    if isinstance(report, str):
        return Outcome(*key, (), frozenset(), report, seconds)
    checks = dict.fromkeys(f"{finding.operation}: {finding.check}" for finding in report.findings)
    operations = frozenset(finding.operation for finding in report.findings)
    details = "\n".join([*(str(finding)[:3000] for finding in report.findings), *report.errors])
    return Outcome(*key, tuple(checks), operations, details, seconds)
