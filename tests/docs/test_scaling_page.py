"""docs/scaling.md: its example runs against a PostgreSQL server, and its tables and files name what there is."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from bodydouble.mock_server.cli.serve import serve
from bodydouble.mock_server.process.server import BLOCKING_THREADS
from bodydouble.mock_server.testing.server import free_port
from tests.support.in_process import InProcessServer
from tests.support.postgresql import PostgresqlServer

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "scaling.md").read_text()
METRIC = re.compile(r"\bbodydouble_[a-z_]+[a-z]\b")


@pytest.fixture(scope="module")
def database() -> Iterator[str]:
    server = PostgresqlServer()
    yield server.new_database()
    server.stop()


def block(language: str, number: int = 0) -> str:
    return re.findall(rf"^```{language}\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)[number]


def metrics_of(server: InProcessServer) -> set[str]:
    return set(re.findall(r"^# TYPE (\w+)", server.http.get("/_mock/metrics").body.decode(), re.MULTILINE))


@pytest.mark.process
def test_the_example_prints_what_the_page_shows(tmp_path: Path, database: str) -> None:
    shim = tmp_path / "bodydouble"
    shim.write_text(f'#!/bin/sh\nexec {sys.executable} -m bodydouble "$@"\n')
    shim.chmod(0o755)
    commands = block("sh").replace("postgresql+psycopg://bodydouble@127.0.0.1/bodydouble", f"'{database}'")
    for port in ("8081", "8082"):
        commands = commands.replace(port, str(free_port()))
    # What a person would not see of servers in the background, and who they wait for.
    commands = commands.replace(".log &", ".log > ready.txt &") + "wait"
    done = subprocess.run(
        ["bash", "-c", "set -e\n" + commands],
        cwd=tmp_path,
        env={**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}", "PYTHONPATH": str(ROOT / "src")},
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout == block("text", 1)
    first, second = (json.loads((tmp_path / name).read_text()) for name in ("account.json", "same.json"))
    assert first["vendors"]["guiji"]["credentials"] == second["vendors"]["guiji"]["credentials"]
    for name in ("first.log", "second.log"):
        for line in (tmp_path / name).read_text().splitlines():
            json.loads(line)


def test_the_metrics_of_the_page_and_of_the_alerts_are_those_of_the_server(tmp_path: Path) -> None:
    server = InProcessServer(tmp_path)
    traffic = server.services.traffic
    traffic.start_process()
    names = metrics_of(server) | {family.name for family in traffic.families()}
    server.close()
    table = PAGE[PAGE.index("| metric |") : PAGE.index("Counters are of one server")]
    assert set(METRIC.findall(table)) == names
    alerts = (ROOT / "deploy/alerts.yml").read_text()
    assert set(METRIC.findall(alerts)) <= names
    assert all(
        rule.keys() >= {"alert", "expr"} for group in yaml.safe_load(alerts)["groups"] for rule in group["rules"]
    )


def test_the_replicas_are_configured_by_options_of_serve() -> None:
    variables = {
        name
        for option in serve.params
        for name in ([option.envvar] if isinstance(option.envvar, str) else option.envvar or [])
    }
    services = yaml.safe_load((ROOT / "compose.replicas.yaml").read_text())["services"]
    assert set(services["bodydouble"]["environment"]) <= variables
    for service in services.values():
        for volume in service.get("volumes", []):
            source = volume.partition(":")[0]
            assert not source.startswith("./") or (ROOT / source).is_file(), volume
    replicas = services["bodydouble"]["deploy"]["replicas"]
    configuration = (ROOT / "deploy/haproxy.cfg").read_text()
    most = re.search(r"server-template replica ([0-9]+) bodydouble:8080", configuration)
    assert most is not None
    assert replicas <= int(most[1])
    assert f"up to {most[1]} replicas" in PAGE
    assert "GET /_mock/health/ready" in configuration


def test_the_page_names_the_limits_of_a_worker() -> None:
    assert f"{BLOCKING_THREADS} threads" in PAGE
