"""Runs many mutants, some at a time."""

import multiprocessing
import tempfile
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from bodydouble.contracts.endpoint.options import EndpointOptions
from bodydouble.testing import Server
from tests.mutants import harness
from tests.mutants.catalogue import selected
from tests.mutants.harness import Outcome
from tests.mutants.model import Kind, Mutant


class Scope(StrEnum):
    """Which operations a check tests.

    FOCUS: those in which a fault can show. WHOLE: all. BOTH: first those, and all if that finds nothing; benign changes
    are always tested with all.
    """

    FOCUS = "focus"
    WHOLE = "whole"
    BOTH = "both"


@dataclass(frozen=True, slots=True)
class Settings:
    """How mutants are tested.

    Attributes:
        every_finding: whether a check goes on after its first finding.
    """

    options: EndpointOptions
    scope: Scope = Scope.BOTH
    every_finding: bool = False


def run_all(mutants: Iterable[Mutant], settings: Settings, jobs: int) -> Iterator[Outcome]:
    """The outcomes, as they come, of so many processes."""
    context = multiprocessing.get_context("spawn")
    with tempfile.TemporaryDirectory() as folder:
        server, pool = Server(Path(folder)), ProcessPoolExecutor(jobs, mp_context=context)
        try:
            # Functions do not travel between processes; names do.
            runs = [pool.submit(_run, server.base_url, each.vendor, each.name, settings) for each in mutants]
            yield from (run.result() for run in as_completed(runs))
        finally:
            pool.shutdown(cancel_futures=True)
            server.stop()


def _run(base_url: str, vendor: str, name: str, settings: Settings) -> Outcome:
    (mutant,) = selected([vendor], [name], [])
    scope = Scope.WHOLE if mutant.kind is Kind.BENIGN else settings.scope
    if scope is not Scope.WHOLE:
        outcome = _check(base_url, mutant, harness.focused(mutant, settings.options), settings)
        if outcome.detected or scope is Scope.FOCUS:
            return outcome
    return _check(base_url, mutant, settings.options, settings)


def _check(base_url: str, mutant: Mutant, options: EndpointOptions, settings: Settings) -> Outcome:
    with tempfile.TemporaryDirectory() as folder, harness.server_for(mutant.vendor, Path(folder), base_url) as server:
        return harness.check(mutant, server, options, every_finding=settings.every_finding)
