"""The page about testing clients: its examples are parts of files that run, and its report is real."""

import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bodydouble.contracts.client.fault_explorer import CreatedTwiceError, IncompleteSuccessError
from bodydouble.contracts.client.response_faults import FAULTS

pytestmark = pytest.mark.process

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "examples"
PAGE = (ROOT / "docs" / "client-tests.md").read_text()


def _blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)


@pytest.fixture
def among_the_examples(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The examples can be imported, and are forgotten afterwards."""
    monkeypatch.syspath_prepend(str(EXAMPLES))
    monkeypatch.chdir(ROOT)
    yield
    sys.modules.pop("fragile_client", None)


def test_the_decorated_example_is_part_of_a_file_that_passes(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = (EXAMPLES / "test_client_under_hostile_responses.py").read_text()
    assert _blocks("python")[0].strip() in code
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    monkeypatch.setenv("PYTHONPATH", f"{ROOT / 'src'}:{EXAMPLES}")
    pytester.makepyfile(test_example=code)
    plugin = "bodydouble.pytest_plugin"
    pytester.runpytest_subprocess("-p", plugin, "-W", "error").assert_outcomes(passed=2)


@pytest.mark.usefixtures("among_the_examples")
def test_the_library_call_reports_what_the_page_shows() -> None:
    names: dict[str, Any] = {}
    exec(_blocks("python")[1], names)
    report = names["report"]
    assert len(report.failures) == 3
    shown = _blocks("text")[0].splitlines()
    printed = next(str(failure) for failure in report.failures if failure.error == shown[0]).splitlines()
    assert shown[:-1] == printed[:-1]
    # The order of the fields is random.
    assert json.loads(shown[-1]) == json.loads(printed[-1])


@pytest.mark.usefixtures("among_the_examples")
def test_the_mistake_that_faults_show_is_reported_as_the_page_shows_it() -> None:
    names: dict[str, Any] = {}
    exec(_blocks("python")[1].partition("report = ")[0], names)
    exec(_blocks("python")[4], names)
    (failure,) = names["report"].failures
    assert str(failure).rstrip() == _blocks("text")[1].rstrip()


def test_the_page_names_every_fault_and_every_violation_of_its_own() -> None:
    section = PAGE.partition("## Faults of the network\n")[2].partition("\n## ")[0]
    named = set(re.findall(r"`(\w+)`", section))
    assert {fault.kind for fault in FAULTS} <= named
    assert {fault.parameter for fault in FAULTS if fault.kind in ("reset", "truncated")} <= named
    assert {CreatedTwiceError.__name__, IncompleteSuccessError.__name__} <= named
    assert f"{len(FAULTS)} of them" in PAGE


@pytest.mark.parametrize("block", [2, 3])
def test_the_code_of_the_fragile_client_is_shown_as_it_is(block: int) -> None:
    assert _blocks("python")[block] in (EXAMPLES / "fragile_client.py").read_text()
