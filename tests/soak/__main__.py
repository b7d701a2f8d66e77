"""`python -m tests.soak`: kill the mock server's processes under load, and check that nothing is lost."""

import argparse
import signal
import sys
import tempfile
import time
from pathlib import Path

from tests.soak.cluster import POSTGRESQL, SQLITE, Cluster
from tests.soak.rounds import Result, run_round

KILLS_IN_A_ROUND = 10


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description=__doc__)
    parser.add_argument("--kills", type=int, default=1000, help="in all")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--engine", action="append", choices=[SQLITE, POSTGRESQL], help="both, if not given")
    parser.add_argument("--minutes", type=float, default=float("inf"), help="begin no round after this time")
    return parser.parse_args()


def _write(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def _show(engine: str, result: Result) -> None:
    kills = ", ".join(f"{count} {name}" for name, count in sorted(result.kills.items()))
    ends = ", ".join(f"{count} {name}" for name, count in sorted(result.results.items()))
    _write(
        f"{engine}: {result.kills.total()} kills ({kills}); {result.requests} requests ({ends}); "
        f"{result.created} tasks created; {result.callbacks} callbacks, {result.doubled} of them more than once; "
        f"quiet after at most {result.slowest:.1f} s; {result.lost} losses; {len(result.problems)} violations"
    )


def _soak(engine: str, kills: int, seed: int, ends_at: float) -> Result:
    total = Result()
    with tempfile.TemporaryDirectory(prefix="bd-soak-") as folder:
        cluster = Cluster(Path(folder), engine)
        try:
            while total.kills.total() < kills and time.monotonic() < ends_at:
                count = min(KILLS_IN_A_ROUND, kills - total.kills.total())
                result = run_round(cluster, count, seed)
                _show(f"  seed {seed}", result)
                for problem in result.problems:
                    _write(f"    {problem}")
                total.add(result)
                seed += 1
        finally:
            cluster.close()
            total.log = cluster.log
    return total


def main() -> int:
    """Run rounds on each engine; the exit code says whether nothing was violated."""
    # So that an end from outside, too, ends the servers.
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(1))
    arguments = _arguments()
    engines = arguments.engine or [SQLITE, POSTGRESQL]
    problems = 0
    for number, engine in enumerate(engines, 1):
        ends_at = time.monotonic() + arguments.minutes * 60 / len(engines)
        kills = arguments.kills * number // len(engines) - arguments.kills * (number - 1) // len(engines)
        result = _soak(engine, kills, arguments.seed, ends_at)
        _show(engine, result)
        for line, count in result.log.most_common(20):
            _write(f"  logged {count} times: {line}")
        problems += len(result.problems)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
