"""`bodydouble seed`: an account of every vendor, written and loaded again, is the same in every list."""

import json
import re
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from bodydouble.mock_server.cli.main import main
from bodydouble.mock_server.testing.account import Account
from bodydouble.mock_server.testing.server import Server, free_port
from bodydouble.mock_server.testing.serving import serving
from tests.support.aliyun_avatar import AliyunAvatar
from tests.support.guiji import AUDIOS, TRAININGS, VIDEOS, VOICES, Guiji
from tests.support.huawei_metastudio import MetaStudio
from tests.support.in_process import InProcessServer
from tests.support.softsugar import SoftSugar

EXAMPLES = Path(__file__).parents[3] / "examples" / "seeds"
SEEDS = {path.stem: path for path in EXAMPLES.iterdir()}


def run(*arguments: str) -> Any:
    return CliRunner().invoke(main, ["seed", *arguments])


@pytest.fixture(params=["team", "bad-day"])
def original(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[InProcessServer, Account]]:
    """A server with an example, whose account has gone on since."""
    server = InProcessServer(tmp_path, seed=str(SEEDS[request.param]))
    account = Account.existing(server, request.param)
    account.clear_scenarios()
    account.advance(30)
    guiji = Guiji(account)
    request_body = {"videoName": "Later", "sceneId": "-101", "text": "Hello.", "speakerId": "C_101"}
    guiji.send("POST", "/openapi/video/v3/simpleCreate", request_body)
    MetaStudio(account).create()
    SoftSugar(account).transcode("https://example.com/a.mp4")
    account.advance(5)
    yield server, account
    server.close()


def without_rows(shown: Any) -> Any:
    """What a list shows, without the rows of tasks in the URLs of their files, which every state counts by itself."""
    return json.loads(re.sub(r"(/_files/[\w-]+)/\d+/", r"\1/row/", json.dumps(shown)))


def lists(account: Account) -> dict[str, Any]:
    """What the lists of every vendor show, and the control plane."""
    guiji, aliyun, studio, softsugar = Guiji(account), AliyunAvatar(account), MetaStudio(account), SoftSugar(account)
    page = {"page": 1, "size": 50}
    return {
        **{path: guiji.data("POST", path, page) for path in (VIDEOS, AUDIOS, TRAININGS, VOICES)},
        "aliyun videos": aliyun.tasks(),
        "aliyun avatars": aliyun.data("QueryAvatarList", PageNo=1, PageSize=20, ModelType="2d"),
        "jobs": studio.data("GET", "/digital-human-videos", query={"limit": 100}),
        "assets": studio.data("GET", "/digital-assets", query={"limit": 100}),
        "scripts": studio.data("GET", "/digital-human-video-scripts", query={"limit": 100}),
        **{f"materials {kind}": softsugar.list_tasks(kind, pageSize=50) for kind in (11, 12, 14, 20, 46)},
        "quotas": {name: vendor["quotas"] for name, vendor in account.describe()["vendors"].items()},
        "scenarios": [{**scenario, "id": 0} for scenario in account.scenarios()],
        "tasks": [{**task, "id": 0} for task in account.tasks(limit=1000)],
    }


@pytest.mark.process
def test_a_loaded_seed_shows_the_same_in_every_list(original: tuple[InProcessServer, Account], tmp_path: Path) -> None:
    server, account = original
    with serving(server.app) as url:
        written = tmp_path / "written.yaml"
        arguments = ["--from-account", account.id, "--url", url, "--secrets", "--output", str(written)]
        assert run(*arguments).exit_code == 0, run(*arguments).output
    assert stat.S_IMODE(written.stat().st_mode) == 0o600
    (tmp_path / "other").mkdir()
    other = InProcessServer(tmp_path / "other", seed=str(written))
    loaded = Account.existing(other, account.id)
    assert loaded.credentials("guiji") == account.credentials("guiji")
    before, after = lists(account), lists(loaded)
    for name, shown in before.items():
        assert without_rows(after[name]) == without_rows(shown), name
    for advanced in (account, loaded):
        advanced.advance(3600)
    assert without_rows(lists(loaded)["tasks"]) == without_rows(lists(account)["tasks"])
    other.close()


@pytest.mark.process
def test_scenarios_and_faults_are_in_the_seed_and_secrets_only_if_asked_for(tmp_path: Path) -> None:
    server = InProcessServer(tmp_path, seed=str(SEEDS["bad-day"]))
    account = Account.existing(server, "bad-day")
    account.settings("softsugar", auth_key="hunter2")
    with serving(server.app) as url:
        text = run("--from-account", "bad-day", "--url", url).output
        assert "hunter2" in run("--from-account", "bad-day", "--url", url, "--secrets").output
    assert "hunter2" not in text
    assert account.credentials("guiji")["secret"] not in text
    (tmp_path / "other").mkdir()
    (tmp_path / "seed.yaml").write_text(text)
    other = InProcessServer(tmp_path / "other", seed=str(tmp_path / "seed.yaml"))
    assert [{**scenario, "id": 0} for scenario in Account.existing(other, "bad-day").scenarios()] == [
        {**scenario, "id": 0} for scenario in account.scenarios()
    ]
    for closed in (server, other):
        closed.close()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"version": 2}, "/accounts/0/snapshot/version: 2; this server reads version 1"),
        ({"pace": "fast"}, "/accounts/0/snapshot/pace: "),
        ({"settings": {"guiji": {"colour": "red"}}}, "/accounts/0/snapshot/settings/guiji/colour: unknown"),
        ({"quotas": {"nobody": {}}}, "/accounts/0/snapshot/quotas/nobody: there is no such vendor"),
    ],
)
def test_a_wrong_snapshot_in_a_seed_is_refused_with_its_place(
    tmp_path: Path, changes: dict[str, Any], message: str
) -> None:
    server = InProcessServer(tmp_path)
    snapshot = server.http.get("/_mock/accounts/default/snapshot").json
    server.close()
    (tmp_path / "seed.json").write_text(
        json.dumps({"version": 1, "accounts": [{"id": "team", "snapshot": {**snapshot, **changes}}]})
    )
    with pytest.raises(ValueError, match=message):
        InProcessServer(tmp_path, seed=str(tmp_path / "seed.json"))


def test_a_snapshot_takes_the_place_of_all_else(tmp_path: Path) -> None:
    (tmp_path / "seed.yaml").write_text("version: 1\naccounts:\n  - {id: team, snapshot: {}, pace: 2}\n")
    with pytest.raises(ValueError, match="line 3, /accounts/0/pace: there is no such field"):
        InProcessServer(tmp_path, seed=str(tmp_path / "seed.yaml"))


@pytest.mark.process
def test_what_cannot_be_read_or_written_is_one_line(server: Server, tmp_path: Path) -> None:
    for arguments, message in (
        (["--from-account", "nobody", "--url", server.base_url], "the server responds with 404: "),
        (["--from-account", "a", "--url", f"http://127.0.0.1:{free_port()}"], "cannot be reached: "),
        (
            ["--from-account", "default", "--url", server.base_url, "--output", "/nowhere/a"],
            "/nowhere/a cannot be written",
        ),
    ):
        done = run(*arguments)
        assert done.exit_code == 2
        assert message in done.output
        assert len(done.output.splitlines()) == 1
    assert run().exit_code == 2
    assert list(tmp_path.iterdir()) == []
