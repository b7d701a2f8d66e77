"""`bodydouble snapshot`: save, restore and compare."""

import json
import stat
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from bodydouble.mock_server.cli.main import main
from bodydouble.mock_server.services.snapshots.difference import differences
from bodydouble.mock_server.testing.account import Account
from bodydouble.mock_server.testing.server import Server, free_port
from tests.support.guiji import Guiji

pytestmark = pytest.mark.process


def run(*arguments: object) -> Result:
    return CliRunner().invoke(main, ["snapshot", *map(str, arguments)])


def test_an_account_is_saved_compared_and_restored(process_server: Server, tmp_path: Path) -> None:
    account, url = Account(process_server, frozen_at=1_700_000_000_000), process_server.base_url
    guiji, file = Guiji(account), tmp_path / "before.json"
    guiji.synthesise()
    saved = run("save", file, "--account", account.id, "--url", url)
    assert (saved.exit_code, saved.output) == (0, "")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert "secrets" not in json.loads(file.read_text())
    same = run("diff", file, "--url", url)
    assert (same.exit_code, same.output) == (0, "")
    video = guiji.synthesise()
    account.control("PATCH", "", {"pace": 2})
    changed = run("diff", file, "--url", url)
    assert changed.exit_code == 1
    lines = changed.output.splitlines()
    assert "changed /pace: 60.0 -> 2.0" in lines
    assert f"added /tasks/guiji/video/{video}" in lines
    other = tmp_path / "after.json"
    run("save", other, "--account", account.id, "--url", url)
    assert f"removed /tasks/guiji/video/{video}" in run("diff", other, file).output
    assert run("restore", file, "--url", url).exit_code == 0
    assert run("diff", file, "--url", url).exit_code == 0
    account.delete()
    # An account that is not there is created, with the same names.
    assert run("restore", file, "--url", url).exit_code == 0
    assert account.describe()["vendors"]["guiji"]["credentials"] == account.credentials("guiji")
    assert run("diff", file, "--url", url).exit_code == 0
    account.delete()


def test_files_and_secrets_are_saved_if_they_are_asked_for(process_server: Server, tmp_path: Path) -> None:
    account, file = Account(process_server, frozen_at=1_700_000_000_000), tmp_path / "all.json"
    run("save", file, "--account", account.id, "--url", process_server.base_url, "--files", "--secrets")
    assert json.loads(file.read_text())["secrets"]["credentials"]["guiji"] == account.credentials("guiji")
    assert run("diff", file, "--url", process_server.base_url).exit_code == 0


def test_what_cannot_be_done_says_why_and_exits_with_2(process_server: Server, tmp_path: Path) -> None:
    url, file = process_server.base_url, tmp_path / "broken.json"
    account = Account(process_server)
    for content, reason in (
        ("{", "is no snapshot"),
        ("[]", "is no snapshot: no JSON object"),
        ("{}", "the server responds with 400: The snapshot cannot be used: /format"),
    ):
        file.write_text(content)
        refused = run("restore", file, "--url", url, "--account", account.id)
        assert (refused.exit_code, reason in refused.output) == (2, True), refused.output
    missing = run("save", file, "--account", "nobody", "--url", url)
    assert (missing.exit_code, "404" in missing.output) == (2, True)
    assert file.read_text() == "{}"
    away = run("save", file, "--url", f"http://127.0.0.1:{free_port()}")
    assert (away.exit_code, "cannot be reached" in away.output) == (2, True)
    unwritable = run("save", tmp_path / "no" / "where.json", "--url", url)
    assert (unwritable.exit_code, "cannot be written" in unwritable.output) == (2, True)


def test_differences_name_fields_and_ignore_when_a_snapshot_was_taken() -> None:
    task = {"vendor": "guiji", "kind": "video", "key": "7", "plan": {"steps": [[1, "a"], [2, "b"]]}}
    before = {"taken_at": 1, "clock": {"mode": "running", "now": 1}, "tasks": [task], "pace": 1}
    longer = {**task, "plan": {"steps": [[1, "a"], [3, "b"], [4, "c"]]}}
    after = {"taken_at": 2, "clock": {"mode": "running", "now": 2}, "tasks": [longer], "pace": True, "new": None}
    shown = [(entry.kind, entry.place, entry.before, entry.after) for entry in differences(before, after)]
    assert shown == [
        ("changed", "/tasks/guiji/video/7/plan/steps/1/0", 2, 3),
        ("added", "/tasks/guiji/video/7/plan/steps/2", None, [4, "c"]),
        ("changed", "/pace", 1, True),
        ("added", "/new", None, None),
    ]
