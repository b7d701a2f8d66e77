"""Measure this server beside Prism, bare Flask and a stateless reference: see README.md beside this file."""

import argparse
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from bench import accounts, callbacks, lists, rates, waiting
from bench.load import need_wrk
from bench.peers import bodydouble, on_postgresql, prism, reference
from bench.rows import CONSOLE, Row, Section, show

# More tasks, and more seconds, are for machines on which there is time for them.
TASKS, SECONDS, ROUNDS = 20_000, 1, 4


def measurements(options: argparse.Namespace, folder: Path) -> dict[str, Callable[[], list[Row]]]:
    """All measurements, by name."""

    def beside_peers() -> list[Row]:
        with on_postgresql() as postgresql:
            flask, stateless = reference("bare Flask", "flask_floor"), reference("stateless", "stateless_mock")
            field = rates.Field(bodydouble(), flask, stateless, prism(), postgresql)
            return rates.measure(field, options.rounds, options.seconds)

    return {
        "rates": beside_peers,
        "callbacks": lambda: callbacks.measure(3 * options.seconds),
        "lists": lambda: lists.measure(_new(folder / "lists"), options.tasks),
        "waiting": lambda: waiting.measure(_new(folder / "waiting")),
        "accounts": lambda: accounts.measure(_new(folder / "accounts")),
    }


def _new(folder: Path) -> Path:
    folder.mkdir()
    return folder


def measure(name: str, measurement: Callable[[], list[Row]]) -> Section:
    """Measure, and print for how long."""
    started = time.perf_counter()
    section = Section(measurement(), time.perf_counter() - started)
    CONSOLE.print(f"measured {name}: {section.seconds:.0f} s")
    return section


def main() -> None:
    """Measure everything."""
    parser = argparse.ArgumentParser(prog="bench", description=__doc__)
    parser.add_argument("--seconds", type=int, default=SECONDS, help="length of one measurement under load")
    parser.add_argument("--rounds", type=int, default=ROUNDS, help="measurements of each pair under load")
    parser.add_argument("--tasks", type=int, default=TASKS, help="of each vendor, in lists")
    parser.add_argument("--only", action="append", help="rates, callbacks, lists, waiting or accounts; may be repeated")
    options = parser.parse_args()
    need_wrk()
    started = time.perf_counter()
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        chosen = measurements(options, Path(folder))
        if unknown := set(options.only or []) - set(chosen):
            parser.error(f"--only: {', '.join(sorted(unknown))}: no such measurement")
        sections = [measure(name, each) for name, each in chosen.items() if name in (options.only or chosen)]
    is_met = show(sections)
    CONSOLE.print(f"{time.perf_counter() - started:.0f} s in all")
    sys.exit(0 if is_met else 1)
