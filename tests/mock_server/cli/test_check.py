"""`bodydouble check`, its exit codes and its reports."""

import importlib
import json
import re
from pathlib import Path
from urllib.parse import unquote
from xml.etree import ElementTree

import pytest
from click.testing import CliRunner, Result

from bodydouble.mock_server.cli.check import check
from bodydouble.mock_server.testing.account import Account
from bodydouble.mock_server.testing.server import Server, free_port
from tests.support import specification
from tests.support.small_server import CREDENTIALS, TOKEN, SmallServer

pytestmark = pytest.mark.process

CONTRACT = specification.contract()
SECRET = "a-very-secret-key"


def invoke(*arguments: str) -> Result:
    return CliRunner().invoke(check, arguments)


def test_the_mock_server_has_no_violations(server: Server, tmp_path: Path) -> None:
    account = Account(server, pace=10_000)
    credentials = tmp_path / "account.json"
    credentials.write_text(json.dumps(account.description))
    done = invoke(
        *("softsugar", "--url", server.base_url, "--credentials", str(credentials), "--seed", "5"),
        *("--examples", "2", "--metered", "12", "--poll", "2", "--poll-interval", "0.05"),
        *("--operation", "createFaceSwap"),
    )
    assert done.exit_code == 0, done.output
    assert "0 violations; " in done.output
    metered = re.search(r"metered (\d+) of 12; repeat with --seed 5", done.output)
    assert metered is not None
    assert 8 <= int(metered.group(1)) <= 12


def test_operations_that_were_hardly_tested_are_reported_with_a_remedy(server: Server, tmp_path: Path) -> None:
    account = Account(server)
    credentials = tmp_path / "account.json"
    credentials.write_text(json.dumps(account.description))
    done = invoke(
        *("huawei-metastudio", "--url", server.base_url, "--credentials", str(credentials)),
        *("--examples", "1", "--operation", "ShowSubtitleFile", "--operation", "Create2DDigitalHumanVideo"),
    )
    assert done.exit_code == 0, done.output
    assert "1 operation rejected: no request succeeded, so little was tested; name values" in done.output
    assert "1 operation skipped: give metered operations a budget with --metered" in done.output


def test_a_violation_is_reported_without_secrets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(CREDENTIALS, "secret", SECRET)
    module = importlib.import_module("bodydouble.mock_server.cli.check")
    monkeypatch.setattr(module, "load_contract", lambda vendor: CONTRACT)
    credentials = tmp_path / "credentials.yaml"
    credentials.write_text(f"app_id: me\nsecret: {SECRET}\n")
    files = {kind: tmp_path / f"report.{kind}" for kind in ("html", "junit", "json")}
    small = SmallServer(CONTRACT, "bodies unchecked")
    try:
        done = invoke(
            *("guiji", "--url", small.base_url, "--credentials", str(credentials), "--seed", "3"),
            *("--metered", "100", "--poll", "0", "--examples", "10", "--operation", "createThing"),
            *(word for kind, path in files.items() for word in (f"--{kind}", str(path))),
        )
    finally:
        small.close()
    assert done.exit_code == 1, done.output
    written = {kind: path.read_text() for kind, path in files.items()}
    for text in (done.output, *written.values()):
        assert "curl -sS -i -g --path-as-is -X POST" in text
        assert "specs/small/openapi.yaml#/paths/~1things/post/requestBody" in text
        assert SECRET not in text
        assert TOKEN not in text
    report = json.loads(written["json"])
    assert report["operations"]["createThing"]["verdict"] == "failed"
    assert "${accessToken}" in report["findings"][0]["curl"]
    assert ElementTree.fromstring(written["junit"]).get("failures") == "1"
    style = written["html"].split("<style>")[1].split("</style>")[0]
    assert "url(" not in style
    assert "@import" not in style


@pytest.mark.parametrize("slash", ["", "/"])
@pytest.mark.parametrize("base_path", ["/mock", "/deep/er/%E6%B5%8B"])
def test_reports_join_the_path_of_the_url_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, base_path: str, slash: str
) -> None:
    module = importlib.import_module("bodydouble.mock_server.cli.check")
    monkeypatch.setattr(module, "load_contract", lambda vendor: CONTRACT)
    credentials = tmp_path / "credentials.yaml"
    credentials.write_text(f"app_id: me\nsecret: {CREDENTIALS['secret']}\n")
    files = {kind: tmp_path / f"report.{kind}" for kind in ("html", "junit", "json")}
    small = SmallServer(CONTRACT, "bodies unchecked", base_path)
    host = small.base_url.partition("//")[2]
    try:
        done = invoke(
            *("guiji", "--url", small.base_url + unquote(base_path) + slash, "--credentials", str(credentials)),
            *("--metered", "60", "--poll", "0", "--examples", "3", "--seed", "3"),
            *("--operation", "createThing", "--operation", "getThing"),
            *(word for kind, path in files.items() for word in (f"--{kind}", str(path))),
        )
    finally:
        small.close()
    assert done.exit_code == 1, done.output
    for text in (done.output, *(path.read_text() for path in files.values())):
        paths = re.findall(rf"{re.escape(host)}(/[^\s?,'\"<]*)", text)
        assert any("/things" in path for path in paths)
        for path in paths:
            assert path == base_path or path.startswith(f"{base_path}/"), path
            assert not path.startswith(base_path * 2), path


@pytest.mark.parametrize("url", ["http://127.0.0.1:9/mock?a=1", "http://127.0.0.1:9/#a", "127.0.0.1:9/mock", "ftp://a"])
def test_a_url_with_a_query_or_without_a_scheme_is_refused(tmp_path: Path, url: str) -> None:
    credentials = tmp_path / "credentials.yaml"
    credentials.write_text("app_id: me\nsecret: something\n")
    done = invoke("guiji", "--url", url, "--credentials", str(credentials))
    assert done.exit_code == 2
    assert "without a query" in done.output


def test_a_check_that_cannot_run_exits_with_2_and_one_line(server: Server, tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.json"
    wrong.write_text('{"app_id": "nobody", "secret": "nothing-at-all"}')
    nobody = f"http://127.0.0.1:{free_port()}"
    for arguments in (
        ("--url", nobody, "--credentials", str(wrong)),
        ("--url", server.base_url, "--credentials", str(wrong)),
        ("--url", server.base_url),
        ("--url", server.base_url, "--credentials", str(wrong), "--operation", "nothing"),
    ):
        done = invoke("guiji", *arguments)
        assert done.exit_code == 2, done.output
        assert "Error: " in done.output
        assert "nothing-at-all" not in done.output
