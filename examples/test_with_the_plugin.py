"""How a team tests its own code against the mock server: pytest examples/test_with_the_plugin.py"""

import hashlib
import time
from collections.abc import Callable
from typing import Any

import pytest
import urllib3

from bodydouble.testing import Account, Receiver, respond

ACKNOWLEDGEMENT = {"code": "0", "success": True, "message": "Request successful"}


class Studio:
    """The code under test, in short: signs in, submits a video, reads it."""

    def __init__(self, base_url: str, app_id: str, secret: str) -> None:
        self.base_url = base_url
        timestamp = str(time.time_ns() // 1_000_000)
        sign = hashlib.md5(f"{app_id}{timestamp}{secret}".encode(), usedforsecurity=False).hexdigest()
        query = f"grant_type=sign&appId={app_id}&timestamp={timestamp}&sign={sign}"
        self.token = self._call("GET", f"/openapi/oauth/token?{query}")["access_token"]

    def _call(self, method: str, path: str, content: Any = None) -> Any:
        fields = {} if content is None else {"json": content}
        response = urllib3.request(method, self.base_url + path, **fields).json()
        if response["code"] != "0":
            raise RuntimeError(response["message"])
        return response["data"]

    def submit(self, text: str, **optional: Any) -> int:
        """Submit a video; returns its id."""
        content = {"sceneId": "-101", "speakerId": "C_101", "text": text, **optional}
        return int(self._call("POST", f"/openapi/video/v3/simpleCreate?access_token={self.token}", content)["videoId"])

    def status(self, video_id: int) -> int:
        """A video's state."""
        return int(self._call("GET", f"/openapi/video/v2/get/{video_id}?access_token={self.token}")["synthesisStatus"])


@pytest.fixture
def studio(bodydouble: Account) -> Studio:
    """A signed-in client of the test's own account."""
    return Studio(bodydouble.base_url, **bodydouble.credentials("guiji"))


def test_a_callback_reports_the_video(studio: Studio, bodydouble: Account, bodydouble_receiver: Receiver) -> None:
    bodydouble_receiver.behaviour = respond(200, ACKNOWLEDGEMENT)
    video_id = studio.submit("Hello there.", callbackUrl=bodydouble_receiver.url)

    delivery = bodydouble.wait_for_delivery("guiji", "videoResult")

    assert delivery["state"] == "delivered"
    assert bodydouble_receiver.received[0].json["data"]["id"] == video_id
    bodydouble.assert_requests_conform()


def test_time_moves_only_when_the_test_advances_it(studio: Studio, bodydouble: Account) -> None:
    video_id = studio.submit("Hello there.")
    assert studio.status(video_id) == 1
    bodydouble.advance(3600)
    assert studio.status(video_id) == 3


def test_the_video_fails(studio: Studio, bodydouble: Account) -> None:
    bodydouble.scenario("guiji", "createVideo", outcome="failed", reason="no face found", times=1)
    video_id = studio.submit("Hello there.")
    bodydouble.finish(video_id)
    assert studio.status(video_id) == 4


def test_the_call_is_rejected(studio: Studio, bodydouble: Account) -> None:
    bodydouble.scenario("guiji", "createVideo", error="insufficientBalance", times=1)
    with pytest.raises(RuntimeError, match="Insufficient balance"):
        studio.submit("Hello there.")


@pytest.mark.bodydouble(running=True, pace=100_000)
def test_code_that_polls_needs_a_running_clock(studio: Studio) -> None:
    video_id = studio.submit("Hello there.")
    while studio.status(video_id) in (1, 2):
        time.sleep(0.01)
    assert studio.status(video_id) == 3


@pytest.mark.bodydouble(profile="outage", seed=7)
def test_no_call_gets_through(studio: Studio, bodydouble: Account) -> None:
    with pytest.raises(ValueError, match="Expecting value"):
        studio.submit("Hello there.")
    bodydouble.clear_profile()
    bodydouble.fault("gateway", "guiji", "createVideo", status=503, times=1)
    with pytest.raises(ValueError, match="Expecting value"):
        studio.submit("Hello there.")
    assert studio.submit("Hello there.") > 0
    assert [scenario["struck"] for scenario in bodydouble.scenarios()] == [1]


def prepare(account: Account) -> None:
    """A day's work."""
    studio = Studio(account.base_url, **account.credentials("guiji"))
    for _ in range(20):
        studio.submit("Hello there.")
    account.advance(3600)


def test_a_prepared_account_is_restored(bodydouble: Account, bodydouble_prepared: Callable[..., Any]) -> None:
    bodydouble.restore(bodydouble_prepared(prepare))
    studio = Studio(bodydouble.base_url, **bodydouble.credentials("guiji"))
    with bodydouble.restored():
        studio.submit("One more.")
        assert len(bodydouble.tasks(vendor="guiji", kind="video")) == 21
    assert len(bodydouble.tasks(vendor="guiji", kind="video")) == 20
