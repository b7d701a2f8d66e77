"""What faults cost those whom they do not concern: python -m bench.faults"""

import os
import statistics
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click
import urllib3

from bench.load import need_wrk
from bench.subjects import HERE
from bodydouble.testing import Account, Server
from tests.support.guiji import Guiji

ROUNDS, SECONDS, SETTLING, CONNECTIONS, DRIPPING = 5, 3, 3, 8, 100
PATH = "/openapi/user/v2/get"


def measured(url: str) -> tuple[float, float]:
    """Requests in a second, and the 99th percentile in milliseconds."""
    command = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{SECONDS}s", "-s", str(HERE / "wrk.lua"), url]
    environment = {**os.environ, "BENCH_METHOD": "GET"}
    output = subprocess.run(command, capture_output=True, text=True, check=True, env=environment).stdout
    rate, _, p99, refused, failed, _ = next(line for line in output.splitlines() if "RESULT" in line).split()[1:]
    if int(refused) or int(failed):
        raise SystemExit(f"requests were refused or failed: {output}")
    return float(rate), float(p99)


@contextmanager
def dripping(url: str, settling: float) -> Iterator[None]:
    """Responses that drip meanwhile, since some seconds."""
    with urllib3.PoolManager(maxsize=DRIPPING, num_pools=1) as pool:
        threads = [threading.Thread(target=pool.request, args=("GET", url), daemon=True) for _ in range(DRIPPING)]
        for thread in threads:
            thread.start()
        time.sleep(settling)
        yield
        for thread in threads:
            thread.join()


def main() -> None:
    """Compare rounds without faults, with faults of another account, and while its responses drip."""
    need_wrk()
    with tempfile.TemporaryDirectory() as folder:
        server = Server(Path(folder))
        try:
            _compare(server)
        finally:
            server.stop()


def _compare(server: Server) -> None:
    own, other = Account(server), Account(server)
    url, other_url = (f"{server.base_url}{PATH}?access_token={Guiji(account).token}" for account in (own, other))
    rates: list[float] = []
    percentiles: dict[float, list[float]] = {SETTLING: [], 0: []}
    measured(url)
    for _ in range(ROUNDS):
        rate, p99 = measured(url)
        other.profile("flaky-network")
        rates.append(measured(url)[0] / rate)
        other.clear_scenarios()
        # The body has some 200 bytes: it drips for as long as the round takes, and longer.
        other.fault("drip", bytes_per_second=30)
        for settling, measurements in percentiles.items():
            with dripping(other_url, settling):
                measurements.append(measured(url)[1] / p99)
        other.clear_scenarios()
    click.echo(f"throughput with faults of another account: {statistics.median(rates):.3f} x (bar: at least 0.97)")
    for settling, measurements in percentiles.items():
        when = "drip" if settling else "begin to drip"
        click.echo(f"p99 while {DRIPPING} responses {when}: {statistics.median(measurements):.2f} x (bar: at most 1.5)")


if __name__ == "__main__":
    main()
