"""`python -m tests.mutants`: the share of planted faults that `bodydouble check` finds."""

import argparse
import signal
import sys
from dataclasses import replace

from tests.mutants import harness, table
from tests.mutants.catalogue import VENDORS, selected
from tests.mutants.model import Kind
from tests.mutants.pool import Scope, Settings, run_all


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.mutants", description=__doc__)
    parser.add_argument("--vendor", action="append", default=[], choices=VENDORS)
    parser.add_argument("--mutant", action="append", default=[], metavar="NAME")
    parser.add_argument("--kind", action="append", default=[], choices=[*(kind.name for kind in Kind), *Kind])
    parser.add_argument("--jobs", type=int, default=2, help="processes")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--examples", type=int, default=harness.OPTIONS.examples, help="random requests of each operation"
    )
    parser.add_argument(
        "--scope",
        type=Scope,
        choices=list(Scope),
        default=Scope.BOTH,
        help="test the operations in which a fault can show (focus), all (whole), or all if focus finds nothing (both)",
    )
    parser.add_argument("--every-finding", action="store_true", help="let a check go on after its first finding")
    parser.add_argument("--details", action="store_true", help="show the findings")
    return parser.parse_args()


def _write(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def main() -> int:
    """Run the mutants that the command line chooses; the exit code says whether enough were found."""
    # So that an end from outside, too, ends the server and the processes of the run.
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(1))
    arguments = _arguments()
    mutants = selected(arguments.vendor, arguments.mutant, arguments.kind)
    options = replace(harness.OPTIONS, seed=arguments.seed, examples=arguments.examples)
    outcomes = []
    settings = Settings(options, arguments.scope, arguments.every_finding)
    for outcome in run_all(mutants, settings, arguments.jobs):
        outcomes.append(outcome)
        _write(table.line(outcome))
        if outcome.details and (arguments.details or table.verdict(outcome) in ("FALSE FINDING", "FAILED")):
            _write(outcome.details)
    _write(table.summary(outcomes))
    return 0 if table.passed(outcomes) else 1


if __name__ == "__main__":
    sys.exit(main())
