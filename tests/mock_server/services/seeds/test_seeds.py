"""Accounts that a seed declares: the examples, and what every part of a seed does."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from bodydouble.mock_server.clock import from_rfc3339
from bodydouble.mock_server.testing.account import Account, ControlError
from tests.support.aliyun_avatar import AliyunAvatar
from tests.support.guiji import TRAININGS, VIDEOS, VOICES, Guiji
from tests.support.huawei_metastudio import MetaStudio
from tests.support.in_process import InProcessServer
from tests.support.softsugar import SoftSugar

EXAMPLES = Path(__file__).parents[4] / "examples" / "seeds"
OPENED_AT = from_rfc3339("2026-03-02T09:00:00Z")
HEAD = "version: 1\naccounts:\n  - id: team\n    clock: {frozen_at: '2026-03-02T09:00:00Z'}\n"

Start = Callable[..., InProcessServer]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Starts servers on one state; a seed is a path, or the text of one."""
    with ExitStack() as servers:

        def start_server(seed: Path | str | None, **settings: Any) -> InProcessServer:
            path = seed
            if isinstance(seed, str):
                path = tmp_path / "seed.yaml"
                path.write_text(seed)
            server = InProcessServer(tmp_path, seed=None if path is None else str(path), **settings)
            servers.callback(server.close)
            return server

        yield start_server


def states(account: Account, vendor: str, kind: str) -> Counter[tuple[str, str]]:
    """How many tasks there are of each name and state."""
    return Counter((task["name"], task["state"]) for task in account.tasks(vendor=vendor, kind=kind, limit=1000))


def test_a_team_has_known_credentials_and_a_video_in_each_state(start: Start) -> None:
    account = Account.existing(start(EXAMPLES / "team.yaml"), "team")
    assert account.now() == OPENED_AT
    assert account.credentials("guiji") == {"app_id": "team-app", "secret": "team-secret"}
    assert account.describe()["vendors"]["guiji"]["quotas"]["fastDuration"] == {"remaining": 1800000, "total": 7200000}
    videos = Guiji(account).data("POST", VIDEOS, {"page": 1, "size": 20})["records"]
    assert [(video["videoName"], video["synthesisStatus"]) for video in videos] == [
        ("Autumn", 1),
        ("Summer", 2),
        ("Price list", 4),
        ("Welcome", 3),
    ]
    assert states(account, "aliyun-avatar", "videoTask") == {("Welcome", "success"): 1}
    assert states(account, "aliyun-avatar", "avatar") == {("Head of support", "success"): 1}
    assert states(account, "huawei-metastudio", "videoJob") == {("Welcome", "succeed"): 1}
    assert states(account, "huawei-metastudio", "asset") == {("Welcome", "actived"): 1}
    assert states(account, "softsugar", "task")["Welcome", "completed"] == 1


def test_a_busy_account_has_pages_of_tasks(start: Start) -> None:
    account = Account.existing(start(EXAMPLES / "busy.yaml"), "busy")
    assert states(account, "guiji", "video") == {
        ("Daily news", "success"): 300,
        ("Weather", "failed"): 20,
        ("Stuck", "processing"): 1,
    }
    page = Guiji(account).data("POST", VIDEOS, {"page": 2, "size": 50})
    assert (page["totalRecord"], len(page["records"])) == (321, 50)
    ages = [account.now() - task["created_at"] for task in account.tasks(vendor="guiji", kind="video", limit=1000)]
    assert ages == sorted(ages)
    account.freeze()
    account.advance(86400)
    assert states(account, "guiji", "video")["Stuck", "processing"] == 1


def test_a_bad_day_has_faults_and_tasks_that_will_fail(start: Start) -> None:
    account = Account.existing(start(EXAMPLES / "bad-day.yaml"), "bad-day")
    planted = account.scenarios()
    assert {scenario["profile"] for scenario in planted} == {None, "flaky-network"}
    assert [scenario["seed"] for scenario in planted if scenario["profile"] is not None] == [13] * (len(planted) - 4)
    account.clear_scenarios()
    assert states(account, "guiji", "video") == {("Welcome", "processing"): 1}
    account.advance(3600)
    assert states(account, "guiji", "video") == {("Welcome", "failed"): 1}
    assert states(account, "huawei-metastudio", "videoJob") == {("Welcome", "failed"): 1}


@pytest.mark.parametrize("path", sorted(EXAMPLES.iterdir()), ids=lambda path: path.stem)
def test_no_response_about_what_an_example_declares_breaks_its_contract(start: Start, path: Path) -> None:
    server = start(path)
    account = Account.existing(server, path.stem)
    account.clear_scenarios()
    server.start()
    with server.watched():
        Guiji(account).data("POST", VIDEOS, {"page": 1, "size": 20})
        account.assert_laws_kept()
    server.stop()


def test_the_same_file_makes_the_same_identifiers(tmp_path: Path) -> None:
    keys = []
    for name in ("first", "second"):
        (tmp_path / name).mkdir()
        server = InProcessServer(tmp_path / name, seed=str(EXAMPLES / "team.yaml"))
        keys.append([task["key"] for task in Account.existing(server, "team").tasks(limit=1000)])
        server.close()
    assert keys[0] == keys[1]


def test_an_account_that_exists_stays_as_it_is(start: Start, caplog: pytest.LogCaptureFixture) -> None:
    Account.existing(start(EXAMPLES / "team.yaml"), "team").advance(60)
    server = start(f"{HEAD}    profile: outage\n  - id: second\n")
    assert "account team exists and stays as it is" in caplog.text
    account = Account.existing(server, "team")
    assert account.now() == OPENED_AT + 60_000
    assert account.scenarios() == []
    assert server.http.get("/_mock/accounts").json == {"accounts": ["default", "second", "team"]}


def test_the_default_account_can_be_declared(start: Start) -> None:
    server = start("version: 1\naccounts:\n  - id: default\n    pace: 7\n    tasks: [{vendor: guiji, kind: audio}]\n")
    account = Account.existing(server, "default")
    assert account.describe()["pace"] == 7
    assert account.credentials("guiji")["app_id"] == "guiji-app-id-default"
    assert len(account.tasks(vendor="guiji")) == 1


def test_clock_settings_and_callback_clock_are_the_declared(start: Start) -> None:
    declared = "    clock: {offset: -3600.5}\n    settings: {softsugar: {callback_url: 'http://127.0.0.1:9/'}}\n"
    server = start(f"version: 1\naccounts:\n  - id: team\n{declared}    callback_clock: account\n")
    description = Account.existing(server, "team").describe()
    assert (description["clock"]["mode"], description["clock"]["offset"]) == ("running", -3_600_500)
    assert description["settings"]["softsugar"]["callback_url"] == "http://127.0.0.1:9/"
    assert description["callback_clock"] == "account"


def test_chosen_credentials_sign_in_and_outlive_a_reset(start: Start) -> None:
    server = start(EXAMPLES / "team.yaml")
    account = Account.existing(server, "team")
    for _ in range(2):
        assert Guiji(account).token
        assert MetaStudio(account).credentials["access_key"] == "TEAMACCESSKEY0000001"
        account.control("POST", "/reset")
    assert account.describe()["vendors"]["guiji"]["credentials"]["app_id"] == "team-app"


def test_a_key_that_an_account_of_the_state_has_is_refused(start: Start) -> None:
    first = start("version: 1\naccounts:\n  - id: first\n")
    key = Account.existing(first, "first").credentials("guiji")["app_id"]
    with pytest.raises(ValueError, match="line 5, /accounts/0/credentials/guiji: another account has the same key"):
        start(f"version: 1\naccounts:\n  - id: second\n    credentials:\n      guiji: {{app_id: '{key}'}}\n")


def test_what_happened_before_the_start_is_history_and_what_comes_is_delivered(start: Start) -> None:
    video = "vendor: guiji, kind: video, request: {callbackUrl: 'http://127.0.0.1:9/'}"
    ended = f"      - {{{video}, name: Ended, state: success, age: 3600}}\n"
    account = Account.existing(
        start(f"{HEAD}    tasks:\n{ended}      - {{{video}, name: Running, state: processing, age: 10}}\n"), "team"
    )
    (delivery,) = account.deliveries()
    running = next(task for task in account.tasks() if task["name"] == "Running")
    assert delivery["task"] == running["id"]
    assert delivery["due_at"] == running["steps"][-1]["at"] > account.now()


def test_quotas_are_used_by_tasks_or_as_declared(start: Start) -> None:
    tasks = "    tasks: [{vendor: guiji, kind: video, state: success}, {vendor: guiji, kind: video, state: failed}]\n"
    account = Account.existing(start(f"{HEAD}    quotas: {{guiji: {{fastDuration: 10000}}}}\n{tasks}"), "team")
    left = account.describe()["vendors"]["guiji"]["quotas"]["fastDuration"]["remaining"]
    duration = Guiji(account).data("POST", VIDEOS, {"page": 1, "size": 20})["records"][-1]["duration"]
    assert 10_000 - left == round(float(duration) * 1000) > 0


def test_a_running_task_reserves_what_its_success_costs(start: Start) -> None:
    tasks = "    tasks: [{vendor: guiji, kind: video, state: processing, age: 5}]\n"
    quotas = "    quotas: {guiji: {fastDuration: {total: 9000, used: 4000}}}\n"
    account = Account.existing(start(f"{HEAD}{quotas}{tasks}"), "team")

    def left() -> Any:
        return account.describe()["vendors"]["guiji"]["quotas"]["fastDuration"]["remaining"]

    assert left() == 5000
    account.advance(3600)
    assert left() < 5000


def test_what_is_declared_is_found_by_the_searches_of_every_vendor(start: Start) -> None:
    account = Account.existing(start(EXAMPLES / "team.yaml"), "team")
    studio = MetaStudio(account)
    assert studio.assets(name="Welc") == ["Welcome"]
    drafts = studio.data("GET", "/digital-human-video-scripts")["video_scripts"]
    assert "Spring sale, draft" in [script["script_name"] for script in drafts]
    assert len(AliyunAvatar(account).tasks(Title="Welcome")["List"]) == 1
    key = next(task["key"] for task in account.tasks(vendor="softsugar") if task["name"] == "Welcome")
    assert int(key) in [film["id"] for film in SoftSugar(account).list_tasks(46)["result"]]


def test_the_catalogue_is_in_the_lists_of_avatars_and_voices(start: Start) -> None:
    account = Account.existing(start(EXAMPLES / "team.yaml"), "team")
    guiji, page = Guiji(account), {"page": 1, "size": 10}
    (avatar,) = guiji.data("POST", TRAININGS, page)["records"]
    (voice,) = guiji.data("POST", VOICES, page)["records"]
    assert (avatar["title"], voice["ttsName"]) == ("Head of support", "Head of support")
    own = AliyunAvatar(account).data("QueryAvatarList", PageNo=1, PageSize=20, ModelType="2d")["List"]
    assert "Head of support" in [avatar["Name"] for avatar in own]


def test_an_account_that_is_not_there_is_an_error(start: Start) -> None:
    with pytest.raises(ControlError, match="there is no account team: 404"):
        Account.existing(start(None), "team")


def test_the_profile_of_a_server_is_in_all_accounts_but_those_of_a_seed_with_another_one(start: Start) -> None:
    seed = "version: 1\naccounts:\n  - {id: stormy, profile: outage}\n  - {id: calm}\n"

    def profiles(server: InProcessServer) -> list[set[str]]:
        accounts = (Account.existing(server, account_id) for account_id in ("default", "stormy", "calm"))
        return [{scenario["profile"] for scenario in account.scenarios()} for account in accounts]

    assert profiles(start(seed)) == [set(), {"outage"}, set()]
    for _ in range(2):
        assert profiles(start(seed, profile="throttled")) == [{"throttled"}, {"outage"}, {"throttled"}]
    assert profiles(start(None, profile="slow-vendor")) == [{"slow-vendor"}] * 3
    assert profiles(start(seed)) == [{"slow-vendor"}] * 3
