"""The fixtures for a project's own receiver: `bodydouble_serve` and `bodydouble_check_receiver`."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import urllib3
from flask import Flask

from bodydouble.mock_server.testing.account import Account
from examples import receiver_correct, receiver_naive
from tests.support.guiji import Guiji

if TYPE_CHECKING:
    from bodydouble.mock_server.testing.receiver_check import CheckReceiver

Serve = Callable[[Flask], str]


def test_the_report_of_a_correct_receiver_is_returned(
    bodydouble_serve: Serve, bodydouble_check_receiver: "CheckReceiver"
) -> None:
    base = bodydouble_serve(receiver_correct.create_app({}))
    report = bodydouble_check_receiver("guiji", "audioResult", f"{base}/guiji", probe=f"{base}/processed", examples=5)
    assert report.failures == ()


def test_the_test_of_a_naive_receiver_fails_with_a_curl_line(
    bodydouble_serve: Serve, bodydouble_check_receiver: "CheckReceiver"
) -> None:
    base = bodydouble_serve(receiver_naive.create_app({}))
    with pytest.raises(pytest.fail.Exception, match=r"(?s)FAILED acknowledges-valid.*curl -sS"):
        bodydouble_check_receiver("guiji", "videoResult", f"{base}/guiji", examples=5)


def test_callbacks_of_the_mock_server_reach_the_served_receiver(account: Account, bodydouble_serve: Serve) -> None:
    base = bodydouble_serve(receiver_correct.create_app({}))
    video = Guiji(account).synthesise(callbackUrl=f"{base}/guiji")
    assert account.wait_for_delivery("guiji", "videoResult")["state"] == "delivered"
    seen = urllib3.request("GET", f"{base}/processed", retries=False).json()
    assert seen == {"processed": 1, "tasks": {str(video): "success"}}


def test_several_applications_are_served_until_the_test_ends(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[3] / "src"))
    pytester.makepyfile(
        """
        import urllib3

        URLS = []

        def application(name):
            def respond(environ, start_response):
                start_response("200 OK", [("Content-Length", "1")])
                return [name]
            return respond

        def test_two(bodydouble_serve):
            URLS.extend(bodydouble_serve(application(name)) for name in (b"a", b"b"))
            assert [urllib3.request("GET", url, retries=False).data for url in URLS] == [b"a", b"b"]

        def test_gone():
            for url in URLS:
                try:
                    urllib3.request("GET", url, retries=False)
                except urllib3.exceptions.HTTPError:
                    continue
                raise AssertionError("still there")
        """
    )
    plugin = "bodydouble.pytest_plugin"
    pytester.runpytest_subprocess("-p", plugin, "-W", "error").assert_outcomes(passed=2)
