"""The pytest plugin, in separate runs of pytest."""

import tomllib
from importlib import import_module
from pathlib import Path

import pytest

from bodydouble.mock_server.testing.server import Server, free_port

ROOT = Path(__file__).parents[3]

pytestmark = pytest.mark.process


@pytest.fixture
def project(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    """An empty project that uses the plugin, and treats warnings as errors."""
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    monkeypatch.setenv("PYTHONPATH", str(ROOT / "src"))
    monkeypatch.delenv("PYTEST_XDIST_WORKER", raising=False)
    pytester.makepyprojecttoml(
        '[tool.pytest.ini_options]\nfilterwarnings = ["error"]\n'
        'addopts = "--strict-markers -p bodydouble.pytest_plugin"'
    )
    return pytester


def test_the_distribution_declares_the_plugin() -> None:
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["entry-points"]["pytest11"]
    modules = [import_module(module) for module in declared.values()]
    assert [module.bodydouble.name for module in modules] == ["bodydouble"]


def test_a_project_that_does_not_use_the_plugin_loads_nothing(project: pytest.Pytester) -> None:
    project.makepyfile(
        """
        import sys

        def test_nothing_is_loaded():
            heavy = {"schemathesis", "hypothesis", "sqlalchemy", "flask", "urllib3", "bodydouble.contracts.model"}
            assert not heavy.intersection(sys.modules)
        """
    )
    project.runpytest_subprocess().assert_outcomes(passed=1)


def test_the_option_selects_a_running_server(project: pytest.Pytester, server: Server) -> None:
    project.makepyfile(
        f"""
        def test_here(bodydouble, bodydouble_server):
            assert bodydouble.base_url == {server.base_url!r}
            assert bodydouble.describe()["clock"]["mode"] == "frozen"
        """
    )
    project.runpytest_subprocess("--bodydouble-url", server.base_url + "/").assert_outcomes(passed=1)
    assert server.http.get("/_mock/health").status == 200


def test_every_worker_of_xdist_starts_and_stops_its_own_server(project: pytest.Pytester) -> None:
    project.makepyfile(
        """
        import pathlib

        def note(account, name):
            pathlib.Path(name).write_text(account.base_url)

        def test_one(bodydouble):
            note(bodydouble, "one")

        def test_two(bodydouble):
            note(bodydouble, "two")
        """
    )
    project.runpytest_subprocess("-p", "xdist", "-n", "2").assert_outcomes(passed=2)
    urls = {(project.path / name).read_text() for name in ("one", "two")}
    assert len(urls) == 2
    for url in urls:
        result = project.runpytest_subprocess("--bodydouble-url", url)
        result.assert_outcomes(errors=2)


def test_a_marker_sets_the_options_of_the_account(project: pytest.Pytester, server: Server) -> None:
    project.makepyfile(
        """
        import pytest

        pytestmark = pytest.mark.bodydouble(pace=7, seed=3)

        @pytest.mark.bodydouble(pace=9, running=True)
        def test_the_nearest_marker_wins(bodydouble):
            shown = bodydouble.describe()
            assert (shown["pace"], shown["seed"], shown["clock"]["mode"]) == (9, 3, "running")
        """
    )
    project.runpytest_subprocess("--bodydouble-url", server.base_url).assert_outcomes(passed=1)


def test_the_account_is_deleted_after_the_test(project: pytest.Pytester, server: Server) -> None:
    project.makepyfile(
        """
        import pathlib

        def test_account(bodydouble):
            pathlib.Path("id").write_text(bodydouble.id)
        """
    )
    project.runpytest_subprocess("--bodydouble-url", server.base_url).assert_outcomes(passed=1)
    account_id = (project.path / "id").read_text()
    assert server.http.get(f"/_mock/accounts/{account_id}").status == 404


def test_a_misspelt_argument_of_the_marker_is_an_error_that_names_the_arguments(
    project: pytest.Pytester, server: Server
) -> None:
    project.makepyfile(
        """
        import pytest

        @pytest.mark.bodydouble(rnning=True)
        def test_polls(bodydouble):
            pass

        @pytest.mark.bodydouble(True)
        def test_positional(bodydouble):
            pass
        """
    )
    result = project.runpytest_subprocess("--bodydouble-url", server.base_url)
    result.assert_outcomes(errors=2)
    known = "there are: running, profile, snapshot, id, seed, frozen_at, pace, settings, callback_clock"
    result.stdout.fnmatch_lines([f"the marker bodydouble has no argument rnning; {known}"])
    result.stdout.fnmatch_lines([f"the marker bodydouble has no argument True; {known}"])


def test_a_url_at_which_nothing_listens_is_one_line(project: pytest.Pytester) -> None:
    project.makepyfile("def test_any(bodydouble): pass")
    url = f"http://127.0.0.1:{free_port()}"
    result = project.runpytest_subprocess("--bodydouble-url", url)
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(
        ["*ERROR at setup of test_any*", f"--bodydouble-url {url}: no server responds at *refused*"]
    )
    assert "During handling" not in result.stdout.str()
    result.stdout.no_fnmatch_line("*Traceback*")
    result.stdout.no_fnmatch_line("*urllib3/*")


def test_a_marker_plants_a_profile_with_the_seed_of_the_account(project: pytest.Pytester, server: Server) -> None:
    project.makepyfile(
        """
        import pytest

        @pytest.mark.bodydouble(profile="throttled", seed=7)
        def test_planted(bodydouble):
            assert [(planted["profile"], planted["seed"]) for planted in bodydouble.scenarios()] == [("throttled", 7)]

        @pytest.mark.bodydouble(profile="sunday")
        def test_unknown(bodydouble):
            pass
        """
    )
    result = project.runpytest_subprocess("--bodydouble-url", server.base_url)
    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines(["*the marker bodydouble, profile: *there are slow-vendor, flaky-network*"])


def test_a_session_starts_with_the_accounts_of_a_seed(project: pytest.Pytester) -> None:
    project.makefile(".yaml", seed="version: 1\naccounts:\n  - {id: team, clock: {frozen_at: 7}}\n")
    project.makepyfile(
        """
        def test_there(bodydouble_account, bodydouble):
            assert bodydouble_account("team").now() == 7
            assert bodydouble.id != "team"

        def test_elsewhere(bodydouble_account):
            bodydouble_account("nobody")
        """
    )
    result = project.runpytest_subprocess("--bodydouble-seed", "seed.yaml")
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(["*ControlError: there is no account nobody: 404*"])


def test_a_seed_that_cannot_be_used_is_reported_with_its_place(project: pytest.Pytester, server: Server) -> None:
    project.makefile(".yaml", seed="version: 1\naccounts:\n  - {id: team, colour: red}\n")
    project.makepyfile("def test_any(bodydouble): pass")
    result = project.runpytest_subprocess("--bodydouble-seed", "seed.yaml")
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*seed.yaml, line 3, /accounts/0/colour: there is no such field*"])
    result = project.runpytest_subprocess("--bodydouble-seed", "seed.yaml", "--bodydouble-url", server.base_url)
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*--bodydouble-seed is for a server that the session starts*"])


def test_a_test_begins_with_a_snapshot_of_a_file_or_of_an_account_that_was_prepared_once(
    project: pytest.Pytester, server: Server
) -> None:
    project.makepyfile(
        """
        import json
        import pathlib
        import pytest

        calls = []

        def prepare(account):
            calls.append(account.id)
            account.add_tasks("softsugar", "task", {"algoType": 14}, name="Prepared")

        @pytest.mark.parametrize("number", [1, 2])
        def test_prepared(bodydouble, bodydouble_prepared, number):
            snapshot = bodydouble_prepared(prepare)
            assert len(calls) == 1
            before = bodydouble.tasks()
            bodydouble.restore(snapshot)
            assert len(bodydouble.tasks()) == len(before) + 1
            (pathlib.Path(__file__).parent / "saved.json").write_text(json.dumps(snapshot))

        @pytest.mark.bodydouble(snapshot="saved.json")
        def test_saved(bodydouble):
            assert "Prepared" in [task["name"] for task in bodydouble.tasks()]

        @pytest.mark.bodydouble(snapshot="missing.json")
        def test_missing(bodydouble):
            pass
        """
    )
    result = project.runpytest_subprocess("--bodydouble-url", server.base_url)
    result.assert_outcomes(passed=3, errors=1)
    result.stdout.fnmatch_lines(["*the marker bodydouble, snapshot *missing.json*"])
