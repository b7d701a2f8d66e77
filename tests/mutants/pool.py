"""Runs many mutants, some at a time."""

import multiprocessing
import tempfile
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path

from bodydouble.contracts.endpoint.options import EndpointOptions
from bodydouble.testing import Server
from tests.mutants import harness
from tests.mutants.catalogue import selected
from tests.mutants.harness import Outcome
from tests.mutants.model import Mutant


def run_all(
    mutants: Iterable[Mutant], options: EndpointOptions, jobs: int, *, focus: bool, whole: bool
) -> Iterator[Outcome]:
    """The outcomes, as they come.

    Args:
        jobs: how many processes.
        focus: whether only the operations are tested in which a fault can show.
        whole: whether a check goes on after its first finding.
    """
    context = multiprocessing.get_context("spawn")
    with tempfile.TemporaryDirectory() as folder:
        server, pool = Server(Path(folder)), ProcessPoolExecutor(jobs, mp_context=context)
        try:
            # Functions do not travel between processes; names do.
            runs = [
                pool.submit(_run, server.base_url, each.vendor, each.name, options, focus, whole) for each in mutants
            ]
            yield from (run.result() for run in as_completed(runs))
        finally:
            pool.shutdown(cancel_futures=True)
            server.stop()


def _run(base_url: str, vendor: str, name: str, options: EndpointOptions, focus: bool, whole: bool) -> Outcome:
    (mutant,) = selected([vendor], [name], [])
    options = harness.focused(mutant, options) if focus else options
    with tempfile.TemporaryDirectory() as folder, harness.server_for(vendor, Path(folder), base_url) as server:
        return harness.check(mutant, server, options, whole=whole)
