"""Each option of `bodydouble check` does what it says: a run without it behaves differently."""

import importlib
import json
import re
import socket
import time
from collections import Counter
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from click.testing import CliRunner, Result

from bodydouble.contracts.core.clock import frozen
from bodydouble.contracts.core.wire import WireRequest
from bodydouble.mock_server.cli.check import check
from tests.support import specification
from tests.support.small_server import CREDENTIALS, SmallServer

CONTENT = specification.content()
CONTENT["paths"]["/things"]["post"]["responses"]["200"]["links"] = {
    "getThing": {"operationId": "getThing", "parameters": {"id": "$response.body#/data/id"}}
}
CONTRACT = specification.contract(CONTENT)


class Listening(SmallServer):
    """Records the requests that have arrived."""

    def __init__(self, fault: str = "") -> None:
        self.arrived: list[WireRequest] = []
        super().__init__(CONTRACT, fault)

    def respond(self, handler: BaseHTTPRequestHandler, request: WireRequest) -> None:
        self.arrived.append(request)
        super().respond(handler, request)

    @property
    def paths(self) -> Counter[str]:
        return Counter(re.sub(r"\d+", "1", wire.path) for wire in self.arrived)

    def bodies(self) -> list[bytes]:
        return [wire.body for wire in self.arrived if wire.path == "/things"]


@pytest.fixture(autouse=True)
def _small_contract(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        importlib.import_module("bodydouble.mock_server.cli.check"), "load_contract", lambda vendor: CONTRACT
    )


@pytest.fixture
def credentials(tmp_path: Path) -> str:
    path = tmp_path / "credentials.json"
    path.write_text(json.dumps(CREDENTIALS))
    return str(path)


@pytest.fixture
def listening() -> Iterator[Listening]:
    server = Listening()
    yield server
    server.close()


@pytest.fixture
def faulty() -> Iterator[Listening]:
    server = Listening("bodies unchecked")
    yield server
    server.close()


def invoke(server: SmallServer, credentials: str, *arguments: str) -> Result:
    usual = ("guiji", "--url", server.base_url, "--credentials", credentials, "--examples", "2", "--poll", "0")
    done = CliRunner().invoke(check, [*usual, *arguments], env={"COLUMNS": "80"})
    assert done.exit_code in (0, 1), done.output
    return done


@pytest.mark.parametrize("budget", [0, 6])
def test_metered(listening: Listening, credentials: str, budget: int) -> None:
    done = invoke(listening, credentials, "--metered", str(budget), "--seed", "1")
    assert listening.paths["/things"] == budget
    assert f"metered {budget} of {budget}" in done.output


def test_seed(credentials: str) -> None:
    sent = []
    for seed in (1, 1, 2):
        server = Listening()
        try:
            invoke(server, credentials, *("--seed", str(seed), "--metered", "100", "--operation", "createThing"))
            sent.append(server.bodies())
        finally:
            server.close()
    assert sent[0] == sent[1] != sent[2]


def test_operation(listening: Listening, credentials: str) -> None:
    done = invoke(listening, credentials, "--operation", "getThing", "--operation", "deleteThing", "--seed", "1")
    assert listening.paths["/things/1"] > 10
    assert {wire.method for wire in listening.arrived if wire.path.startswith("/things/")} >= {"GET", "DELETE"}
    assert "createThing" not in done.output


def test_rate(listening: Listening, credentials: str) -> None:
    chosen = ("--operation", "getThing", "--seed", "1")
    with frozen() as unlimited:
        invoke(listening, credentials, *chosen)
    arrived = len(listening.arrived)
    with frozen() as limited:
        invoke(listening, credentials, *chosen, "--rate", "5")
    assert sum(unlimited.slept) == 0
    assert sum(limited.slept) == pytest.approx((len(listening.arrived) - arrived - 1) / 5)


@pytest.mark.wall_clock
def test_timeout(credentials: str) -> None:
    started = time.monotonic()
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        arguments = ["guiji", "--url", url, "--credentials", credentials, "--timeout", "0.2"]
        done = CliRunner().invoke(check, arguments)
    assert done.exit_code == 2, done.output
    assert "Timeout" in done.output
    assert time.monotonic() - started < 10, "the usual timeout is 30 seconds"


def test_examples(listening: Listening, credentials: str, tmp_path: Path) -> None:
    report = tmp_path / "report.json"
    invoke(listening, credentials, "--examples", "7", "--operation", "getThing", "--json", str(report))
    assert json.loads(report.read_text())["operations"]["getThing"]["requests"]["fuzzing"] == 7


def test_known(listening: Listening, credentials: str, tmp_path: Path) -> None:
    known = tmp_path / "known.yaml"
    known.write_text("id: [4242]")
    invoke(listening, credentials, "--operation", "getThing", "--examples", "30", "--seed", "1")
    assert "/things/4242" not in {wire.path for wire in listening.arrived}
    invoke(listening, credentials, "--operation", "getThing", "--examples", "30", "--known", str(known))
    assert "/things/4242" in {wire.path for wire in listening.arrived}


def test_poll_and_poll_interval(listening: Listening, credentials: str) -> None:
    chosen = ("--operation", "createThing", "--metered", "90", "--seed", "1")
    assert "thing of createThing" not in invoke(listening, credentials, *chosen).output
    with frozen() as time_:
        done = invoke(listening, credentials, *chosen, "--poll", "3", "--poll-interval", "0.5")
    assert "thing of createThing: waiting (still in progress after 3 s)" in done.output
    assert time_.slept == [0.5] * 6


def test_shrink(faulty: Listening, credentials: str) -> None:
    chosen = ("--operation", "createThing", "--metered", "1000", "--seed", "1")
    long = invoke(faulty, credentials, *chosen, "--shrink", "0").output
    short = invoke(faulty, credentials, *chosen).output
    assert "script" in long
    assert "script" not in short


@pytest.fixture
def reports(faulty: Listening, credentials: str, tmp_path: Path) -> dict[str, str]:
    files = {kind: tmp_path / f"report.{kind}" for kind in ("html", "junit", "json")}
    written = (word for kind, path in files.items() for word in (f"--{kind}", str(path)))
    done = invoke(faulty, credentials, "--seed", "3", "--metered", "80", *written)
    assert done.exit_code == 1, done.output
    return {kind: path.read_text() for kind, path in files.items()}


def test_junit(reports: dict[str, str]) -> None:
    suite = ElementTree.fromstring(reports["junit"])
    cases = {case.get("name"): case for case in suite.iter("testcase")}
    assert set(cases) == set(CONTRACT.operations)
    assert suite.get("tests") == "4"
    assert suite.get("failures") == "1"
    failure = cases["createThing"].find("failure")
    assert failure is not None
    assert failure.get("type") == "RejectsInvalidRequests"
    assert re.match(r"1 violation: |[2-9] violations: ", failure.get("message") or "")
    assert "specs/small/openapi.yaml#/paths/~1things/post/requestBody" in (failure.text or "")
    properties = {entry.get("name"): entry.get("value") for entry in suite.iter("property")}
    assert properties["seed"] == "3"
    assert properties["metered"] == properties["metered limit"] == "80"


def test_json(reports: dict[str, str]) -> None:
    report: dict[str, Any] = json.loads(reports["json"])
    assert report["operations"]["createThing"]["verdict"] == "failed"
    assert report["metered"] == {"sent": 80, "limit": 80}
    assert report["seed"] == 3
    finding = report["findings"][0]
    assert finding["operation"] == "createThing"
    assert finding["place"].startswith("specs/small/openapi.yaml#/")
    assert report["lifecycles"] == []


def test_html(reports: dict[str, str]) -> None:
    page = reports["html"]
    assert not re.search(r"<(?:script|link|img|iframe)|url\(|@import", page), "it loads nothing"
    for name in CONTRACT.operations:
        assert f">{name}<" in page or f"<td>{name}" in page
    assert 'href="#createThing"' in page
    assert 'id="createThing"' in page
    assert "with app_id and secret set" in page
    assert "prefers-color-scheme: dark" in page
    assert CREDENTIALS["secret"] not in re.findall(r"\b\w+\b", re.sub(r"<style>.*?</style>", "", page, flags=re.S))


def test_the_table_fits_a_narrow_terminal(listening: Listening, credentials: str) -> None:
    done = invoke(listening, credentials, "--seed", "1")
    table = [line for line in done.output.splitlines() if line and line[0] in "┏┃┡│└"]
    assert table
    assert max(map(len, table)) <= 80
