"""The page about the pytest plugin: its examples are parts of files that run, and its failure is real."""

import re
from pathlib import Path

import pytest

from bodydouble.mock_server.testing.account import Account
from bodydouble.mock_server.testing.server import Server
from tests.support.guiji import Guiji

pytestmark = pytest.mark.process

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "pytest-plugin.md").read_text()
EXAMPLE = ROOT / "examples" / "test_with_the_plugin.py"
OWN_RECEIVER = ROOT / "examples" / "test_my_receiver.py"


def _blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)


def test_every_example_of_the_page_is_part_of_the_example_file() -> None:
    code = EXAMPLE.read_text()
    assert len(_blocks("python")) == 6
    for block in _blocks("python"):
        for part in block.split("\n\n\n"):
            assert part.strip() in code


def test_the_receiver_example_is_part_of_its_file() -> None:
    (block,) = _blocks("python receiver")
    for part in block.split("\n\n\n"):
        assert part.strip() in OWN_RECEIVER.read_text()


def test_the_receiver_example_passes_in_parallel(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    monkeypatch.setenv("PYTHONPATH", str(ROOT / "src"))
    monkeypatch.delenv("PYTEST_XDIST_WORKER", raising=False)
    pytester.makepyfile(
        test_own=OWN_RECEIVER.read_text(), receiver_correct=(OWN_RECEIVER.parent / "receiver_correct.py").read_text()
    )
    arguments = (
        "-p",
        "bodydouble.pytest_plugin",
        "-p",
        "xdist",
        "-n",
        "2",
        "-W",
        "error",
        "--strict-markers",
    )
    pytester.runpytest_subprocess(*arguments).assert_outcomes(passed=2)


def test_the_example_file_passes_where_warnings_are_errors(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, server: Server
) -> None:
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    monkeypatch.setenv("PYTHONPATH", str(ROOT / "src"))
    pytester.makepyfile(test_example=EXAMPLE.read_text())
    arguments = (
        "-p",
        "bodydouble.pytest_plugin",
        "-W",
        "error",
        "--strict-markers",
        "--bodydouble-url",
        server.base_url,
    )
    pytester.runpytest_subprocess(*arguments).assert_outcomes(passed=7)


def test_the_failure_on_the_page_is_the_real_message(account: Account) -> None:
    Guiji(account).send("POST", "/openapi/video/v3/simpleCreate", {"sceneId": "-101", "speakerId": 5})
    with pytest.raises(AssertionError) as caught:
        account.assert_requests_conform()
    assert f"AssertionError: {caught.value}\n" in _blocks("text")
