"""The command line of `bodydouble`."""

import hashlib
import os
import re
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
from click.testing import CliRunner

from bodydouble import load_contract
from bodydouble.mock_server.cli.main import main
from bodydouble.mock_server.testing.http import HttpClient
from bodydouble.mock_server.testing.server import Server, free_port
from tests.support.signals import ends_by_signals, ignored

pytestmark = pytest.mark.process


def bodydouble(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the command until it ends."""
    return subprocess.run(
        [sys.executable, "-m", "bodydouble", *arguments],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={**os.environ, "COLUMNS": "200"},
    )


def test_options_of_every_command_come_from_the_environment(tmp_path: Path) -> None:
    har = tmp_path / "recording.har"
    har.write_text('{"log": {"entries": []}}')
    for arguments, variable, value in (
        (["replay", str(har)], "BODYDOUBLE_REPLAY_PORT", "70000"),
        (["proxy", "guiji", "--upstream", "http://127.0.0.1:1"], "BODYDOUBLE_PROXY_PORT", "70001"),
        (["check", "guiji", "--url", "http://127.0.0.1:1"], "BODYDOUBLE_CHECK_POLL", "-70002"),
    ):
        result = CliRunner().invoke(main, arguments, env={variable: value})
        assert result.exit_code == 2
        assert value in result.output


def test_help_names_the_commands_and_their_options() -> None:
    overview, serving = bodydouble("--help"), bodydouble("serve", "-h")
    assert (overview.returncode, serving.returncode) == (0, 0)
    assert re.search(r"^  serve +\w", overview.stdout, re.MULTILINE)
    assert re.search(r"^  specs +\w", overview.stdout, re.MULTILINE)
    for option in ("--host", "--port", "--workers", "--state", "--pace", "--callback-host", "--control-token"):
        assert option in serving.stdout
    assert "curl http://127.0.0.1:8080/_mock/health" in serving.stdout


def test_the_version_is_shown() -> None:
    assert re.fullmatch(r"bodydouble, version [0-9.]+\n", bodydouble("--version").stdout)


def test_specs_lists_every_specification_with_its_operations() -> None:
    listed = bodydouble("specs", "guiji", "control", "--operations")
    assert listed.returncode == 0
    assert re.search(r"guiji\s+POST\s+/openapi/video/v3/simpleCreate\s+createVideo", listed.stdout)
    assert re.search(r"guiji\s+callback\s+videoResult", listed.stdout)
    assert re.search(r"control\s+GET\s+/_mock/health\s+getHealth", listed.stdout)
    guiji = load_contract("guiji")
    parts = (guiji.operations, guiji.callbacks, guiji.lifecycles, guiji.errors, guiji.discrepancies)
    counts = " +".join(str(len(part)) for part in parts)
    assert re.search(rf"^ guiji +{counts} ", listed.stdout, re.MULTILINE)


def test_the_list_of_specifications_fits_into_an_ordinary_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    listed = CliRunner().invoke(main, ["specs"]).stdout
    for heading in ("specification", "operations", "callbacks", "lifecycles", "errors", "decided", "schemas"):
        assert heading in listed
    assert "huawei-metastudio" in listed


def test_an_unknown_specification_is_an_error() -> None:
    listed = bodydouble("specs", "nobody")
    assert listed.returncode == 1
    assert "no specification is called 'nobody'" in listed.stdout


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["nonsense"], "No such command 'nonsense'"),
        (["serve", "--port", "-1"], "--port"),
        (["serve", "--port", "65536"], "--port"),
        (["serve", "--pace", "0"], "--pace"),
        (["serve", "--workers", "0"], "--workers"),
        (["serve", "--log-level", "loud"], "--log-level"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_an_invalid_argument_is_reported_by_its_name(arguments: list[str], message: str) -> None:
    result = CliRunner().invoke(main, arguments)
    assert result.exit_code == 2
    assert message in result.stderr
    assert result.stdout == ""


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--host", "no.such.host.invalid"], "cannot listen on no.such.host.invalid"),
        (["--callback-host", "10.0.0.0/99"], "10.0.0.0/99"),
        (["--state", "/proc/no/such/folder/state.db"], "/proc/no"),
        (["--state", "nonsense://user:secret@host/state"], "nonsense"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_a_server_that_cannot_start_prints_one_line_and_exits_with_an_error(arguments: list[str], message: str) -> None:
    ended = bodydouble("serve", "--port", str(free_port()), *arguments)
    assert ended.returncode == 1
    assert ended.stderr.startswith("Error: ")
    assert ended.stderr.count("\n") == 1
    assert message in ended.stderr
    assert "secret" not in ended.stderr
    assert ended.stdout == ""


def test_a_port_in_use_is_reported_in_one_line_before_the_server_declares_itself_ready() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        ended = bodydouble("serve", "--port", str(port))
    assert ended.returncode == 1
    assert ended.stderr == f"Error: cannot listen on 127.0.0.1, port {port}: Address already in use\n"
    assert ended.stdout == ""


def test_a_file_that_is_not_a_state_database_is_reported_in_one_line_and_left_unchanged(tmp_path: Path) -> None:
    file = tmp_path / "letter.txt"
    file.write_text("Dear reader, " * 100)
    ended = bodydouble("serve", "--port", str(free_port()), "--state", str(file))
    assert ended.returncode == 1
    assert ended.stderr.startswith("Error: the state cannot be used: ")
    assert "Traceback" not in ended.stderr
    assert file.read_text() == "Dear reader, " * 100


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Server:
    """A server that was started and stopped."""
    server = Server(tmp_path_factory.mktemp("served"), "--pace", "120", "--host", "localhost", workers=2)
    server.stop()
    return server


def test_the_server_prints_one_line_about_what_it_serves(served: Server) -> None:
    (line,) = served.log.splitlines()
    assert re.fullmatch(
        rf"bodydouble on http://localhost:{served.port}: [0-9]+ vendors \([a-z, -]*guiji[a-z, -]*\), "
        r"[0-9]+ operations, [0-9]+ callbacks, [0-9]+ validators, pace 120, booted in [0-9.]+ s",
        line,
    )


def test_the_default_accounts_credentials_are_the_readable_ones(server: Server) -> None:
    account = server.http.get("/_mock/accounts/default").json
    assert account["vendors"]["guiji"]["credentials"] == {
        "app_id": "guiji-app-id-default",
        "secret": "guiji-secret-default",
    }
    timestamp = str(time.time_ns() // 1_000_000)
    text = f"guiji-app-id-default{timestamp}guiji-secret-default"
    query = {
        "grant_type": "sign",
        "appId": "guiji-app-id-default",
        "timestamp": timestamp,
        "sign": hashlib.md5(text.encode()).hexdigest(),
    }
    response = server.http.get("/openapi/oauth/token", query=query).json
    assert response["code"] == "0"


def test_without_a_state_file_a_temporary_database_is_used_and_removed(tmp_path: Path) -> None:
    port = free_port()
    command = [sys.executable, "-m", "bodydouble", "serve", "--port", str(port), "--workers", "1"]
    environment = {**os.environ, "TMPDIR": str(tmp_path)}
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=environment, text=True) as process:
        assert process.stdout is not None
        process.stdout.readline()
        assert [path.name for path in tmp_path.glob("bodydouble-*/state.db")] == ["state.db"]
        process.terminate()
        process.wait(20)
    assert process.returncode == 0
    assert list(tmp_path.glob("bodydouble-*")) == []


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP], ids=lambda number: number.name)
def test_a_server_terminated_while_it_loads_leaves_no_files_behind(tmp_path: Path, number: signal.Signals) -> None:
    command = [sys.executable, "-m", "bodydouble", "serve", "--port", str(free_port())]
    environment = {**os.environ, "TMPDIR": str(tmp_path)}
    with ends_by_signals():
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env=environment)
    with process:
        while not list(tmp_path.glob("bodydouble-*")):
            assert process.poll() is None
        process.send_signal(number)
        try:
            _, complaints = process.communicate(timeout=20)
        finally:
            process.kill()
    assert list(tmp_path.glob("bodydouble-*")) == []
    assert b"Traceback" not in complaints


SWALLOWING = """
import os, signal, sys
import bodydouble.mock_server.process.server as server
from bodydouble import load_contract
from bodydouble.mock_server.cli.main import main

load, number = server.load_services, getattr(signal, sys.argv.pop())

def swallow(settings):
    try:
        os.kill(os.getpid(), number)
    except BaseException as ending:
        assert isinstance(ending, SystemExit)
    return load(settings)

server.load_services = swallow
main()
"""
LOADING_ON = """
import os, signal, sys
import bodydouble.mock_server.process.server as server
from bodydouble import load_contract
from bodydouble.mock_server.cli.main import main

number = getattr(signal, sys.argv.pop())

def load(settings):
    os.kill(os.getpid(), number)
    raise OSError("it has loaded on")

server.load_services = load
main()
"""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP], ids=lambda number: number.name)
def test_a_signal_that_a_library_swallows_during_its_import_still_ends_the_server(
    number: signal.Signals,
) -> None:
    command = [sys.executable, "-c", SWALLOWING, "serve", "--port", str(free_port()), number.name]
    with ends_by_signals():
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (128 + number, "", "")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGHUP], ids=lambda number: number.name)
def test_a_background_server_ignores_the_signals_it_was_started_to_ignore_while_it_loads(
    number: signal.Signals,
) -> None:
    command = [sys.executable, "-c", LOADING_ON, "serve", "--port", str(free_port()), number.name]
    with ignored(number):
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (1, "", "Error: it has loaded on\n")


def test_a_server_beyond_loopback_requires_its_control_token(tmp_path: Path) -> None:
    server = Server(tmp_path, "--host", "0.0.0.0", "--control-token", "the-token", token="the-token")
    try:
        stranger = HttpClient(server.base_url)
        for headers in (
            {},
            {"Authorization": "Bearer wrong"},
            {"Authorization": "the-token"},
            {"Authorization": "Basic x"},
        ):
            response = stranger.get("/_mock/accounts", headers=headers)
            assert (response.status, response.json["error"]) == (401, "unauthorized")
            assert stranger.post("/_mock/accounts", {}, headers=headers).status == 401
        assert stranger.get("/_mock/health").status == 200
        assert stranger.get("/openapi/user/v2/get").json["code"] == "40002"
        assert server.http.get("/_mock/accounts").json["accounts"] == ["default"]
        stranger.close()
    finally:
        server.stop()
    assert "the-token" not in server.log


@pytest.mark.parametrize("variables", [{}, {"BODYDOUBLE_CONTROL_TOKEN": ""}], ids=["none", "empty"])
def test_a_server_beyond_loopback_generates_a_control_token_and_prints_it_once(variables: dict[str, str]) -> None:
    command = [sys.executable, "-m", "bodydouble", "serve", "--host", "0.0.0.0", "--workers", "1"]
    environment = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")} | variables
    port = free_port()
    with subprocess.Popen(
        [*command, "--port", str(port)], stdout=subprocess.PIPE, env=environment, text=True
    ) as process:
        assert process.stdout is not None
        match = re.fullmatch(r"control token: ([A-Za-z0-9_-]{32})\n", process.stdout.readline())
        process.stdout.readline()
        process.terminate()
        process.wait(20)
        assert match
        assert process.stdout.read() == ""


def test_serving_imports_nothing_that_only_testers_or_files_need() -> None:
    program = (
        "import sys; from bodydouble.mock_server.cli.main import main; import click\n"
        "main.get_command(click.Context(main), 'serve'); import bodydouble.mock_server.process.server\n"
        "testers = {'schemathesis', 'hypothesis', 'pytest', 'rich', 'jsonschema'}\n"
        "print(sorted((testers | {'yaml', 'tomllib', 'flask', 'werkzeug', 'jinja2'}) & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_serving_compiles_no_methods_of_classes_before_they_are_called() -> None:
    program = (
        "import dataclasses; defined = []; of_library = dataclasses._process_class\n"
        "def noted(cls, init, *others, **named):\n"
        "    init and defined.append(f'{cls.__module__}.{cls.__name__}')\n"
        "    return of_library(cls, init, *others, **named)\n"
        "dataclasses._process_class = noted\n"
        "import bodydouble.mock_server.cli.serve, bodydouble.mock_server.process.server\n"
        "from bodydouble.mock_server.web.app import load_control, load_vendors\n"
        "load_control(), load_vendors()\n"
        "print([name for name in defined if name.startswith('bodydouble')])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
