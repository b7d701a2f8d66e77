"""Callbacks: content, signature and retries."""

from itertools import pairwise

import pytest

from bodydouble.contracts.signatures import mss_a
from bodydouble.mock_server.clock import wall_ms
from bodydouble.mock_server.testing.receiver import ReceivedCallback, Receiver, respond
from tests.support.deliveries import delivery_attempts
from tests.support.huawei_metastudio import DRAFT, READY, MetaStudio

KEY = "example-callback-key"


def url_of(receiver: Receiver, received: ReceivedCallback) -> str:
    """The full URL at which a callback was received."""
    return receiver.url.removesuffix("/callback") + received.path


def test_an_unsigned_callback_does_not_change_the_url(studio: MetaStudio, receiver: Receiver) -> None:
    job_id = studio.create(callback_config={"callback_url": f"{receiver.url}?token=mine&b=1&a=2"})
    studio.account.advance(READY)
    (received,) = receiver.wait_for(1)
    assert (received.method, received.path) == ("POST", "/callback?token=mine&b=1&a=2")
    assert received.headers["content-type"] == "application/json"
    asset_id = studio.job(job_id)["output_asset_config"]["asset_id"]
    assert received.json == {"result": "SUCCEED", "asset_id": asset_id, "job_id": job_id}


@pytest.mark.parametrize("query", ["", "?x=1", "?b=2&a=1", "?a=%2F+"])
def test_a_signed_callback_url_contains_a_secret_and_the_time_of_the_clock_that_signs(
    studio: MetaStudio, receiver: Receiver, query: str
) -> None:
    studio.account.control("PATCH", "", {"callback_clock": "account"})
    config = {"callback_url": receiver.url + query, "auth_type": "MSS_A", "key": KEY}
    studio.create(callback_config=config)
    studio.account.advance(READY)
    (received,) = receiver.wait_for(1)
    url = url_of(receiver, received)
    address, _, rest = url.partition("?secret=" if not query else "&secret=")
    assert address == receiver.url + query
    secret, _, timestamp = rest.partition("&time_stamp=")
    ended = studio.account.deliveries()[0]["attempts"][0]["at"] // 1000
    assert timestamp == format(ended, "x")
    assert secret == mss_a.sign(receiver.url + query, KEY, timestamp)
    assert mss_a.verify(url, KEY, ended)
    assert not mss_a.verify(url, "other key", ended)


def test_a_callback_of_auth_type_none_is_not_signed_even_with_a_key(studio: MetaStudio, receiver: Receiver) -> None:
    studio.create(callback_config={"callback_url": receiver.url, "auth_type": "NONE", "key": KEY})
    studio.account.advance(READY)
    assert receiver.wait_for(1)[0].path == "/callback"


@pytest.mark.parametrize("outcome", ["failed", "blocked"])
def test_the_callback_for_a_failed_or_blocked_job_says_failed(
    studio: MetaStudio, receiver: Receiver, outcome: str
) -> None:
    studio.account.scenario("huawei-metastudio", "Create2DDigitalHumanVideo", outcome=outcome)
    job_id = studio.create(callback_config={"callback_url": receiver.url})
    studio.account.advance(READY)
    asset_id = studio.job(job_id)["output_asset_config"]["asset_id"]
    assert receiver.wait_for(1)[0].json == {"result": "FAILED", "asset_id": asset_id, "job_id": job_id}


def test_a_cancelled_job_sends_no_callback(studio: MetaStudio, receiver: Receiver) -> None:
    job_id = studio.create(callback_config={"callback_url": receiver.url})
    studio.cancel(job_id)
    assert delivery_attempts(studio.account, READY) == []
    assert receiver.received == []


def test_a_failed_delivery_is_retried_with_a_fresh_signature(studio: MetaStudio, receiver: Receiver) -> None:
    receiver.behaviour = respond(500)
    studio.account.control("PATCH", "", {"callback_clock": "account"})
    studio.create(callback_config={"callback_url": receiver.url, "auth_type": "MSS_A", "key": KEY})
    attempts = delivery_attempts(studio.account, READY + 100)
    assert len(attempts) == 4
    gaps = [later["at"] - earlier["at"] for earlier, later in pairwise(attempts)]
    assert gaps == [10_000, 30_000, 60_000]
    for received, attempt in zip(receiver.received, attempts, strict=True):
        assert mss_a.verify(url_of(receiver, received), KEY, attempt["at"] // 1000, window=0)
    assert len({received.body for received in receiver.received}) == 1


@pytest.mark.parametrize("status", [200, 201, 204])
def test_any_2xx_response_acknowledges_a_callback(studio: MetaStudio, receiver: Receiver, status: int) -> None:
    receiver.behaviour = respond(status)
    studio.create(callback_config={"callback_url": receiver.url})
    studio.account.advance(READY + 100)
    assert len(receiver.received) == 1
    assert studio.account.deliveries()[0]["state"] == "delivered"


def test_the_control_plane_does_not_show_key_and_secret(studio: MetaStudio, receiver: Receiver) -> None:
    studio.create(callback_config={"callback_url": receiver.url, "auth_type": "MSS_A", "key": KEY})
    studio.account.advance(READY)
    secret = receiver.received[0].path.partition("secret=")[2].partition("&")[0]
    shown = studio.account.control("GET", "/deliveries").body + studio.account.control("GET", "/journal").body
    assert KEY.encode() not in shown
    assert secret.encode() not in shown


def test_a_signed_callback_is_sent_for_a_subtitle_job(studio: MetaStudio, receiver: Receiver) -> None:
    config = {"callback_url": receiver.url, "auth_type": "MSS_A", "key": KEY}
    body = {"script_id": DRAFT, "callback_config": config}
    job_id = studio.data("POST", "/subtitle-files", body)["job_id"]
    studio.account.advance(READY)
    (received,) = receiver.wait_for(1)
    assert received.json == {"result": "SUCCEED", "asset_id": "", "job_id": job_id}
    assert mss_a.verify(url_of(receiver, received), KEY, wall_ms() // 1000, window=10)


def test_a_callback_is_sent_for_a_failed_subtitle_job(studio: MetaStudio, receiver: Receiver) -> None:
    studio.account.scenario("huawei-metastudio", "CreateSubtitleFile", outcome="failed")
    studio.data("POST", "/subtitle-files", {"script_id": DRAFT, "callback_config": {"callback_url": receiver.url}})
    studio.account.advance(READY)
    assert receiver.wait_for(1)[0].json["result"] == "FAILED"


BAD_CONFIGS = [
    ({"callback_url": "ftp://127.0.0.1/x"}, "/callback_config/callback_url: pattern"),
    ({"callback_url": ""}, "/callback_config/callback_url: pattern"),
    ({"callback_url": "http://"}, "/callback_config/callback_url"),
    ({"callback_url": "http://[bad"}, "/callback_config/callback_url: not a usable URL"),
    ({"callback_url": "http://127.0.0.1:99999/"}, "/callback_config/callback_url: not a usable URL"),
    ({"callback_url": "http://client.example.com/x"}, "/callback_config/callback_url: callbacks go to loopback only"),
    ({"callback_url": 7}, "/callback_config/callback_url: type"),
    ({}, "/callback_config/callback_url: required"),
    ({"callback_url": "http://127.0.0.1/", "auth_type": "None"}, "/callback_config/auth_type: enum"),
    ({"callback_url": "http://127.0.0.1/", "auth_type": "MSS_A"}, "/callback_config/key: required"),
    ({"callback_url": "http://127.0.0.1/", "auth_type": "MSS_A", "key": ""}, "/callback_config/key: minLength"),
    (
        {"callback_url": "http://127.0.0.1/?secret=1", "auth_type": "MSS_A", "key": "k"},
        "has a query parameter secret",
    ),
    (
        {"callback_url": "http://127.0.0.1/?a=1&time%5Fstamp", "auth_type": "MSS_A", "key": "k"},
        "has a query parameter time_stamp",
    ),
]


@pytest.mark.generated
@pytest.mark.parametrize(("config", "words"), BAD_CONFIGS)
def test_an_invalid_callback_configuration_is_rejected(
    studio: MetaStudio, config: dict[str, object], words: str
) -> None:
    status, code, message = studio.video_rejection(callback_config=config)
    assert (status, code) == (400, "MSS.00000003")
    assert words in message
    assert studio.jobs() == []
    body = {"script_id": DRAFT, "callback_config": config}
    assert studio.rejection("POST", "/subtitle-files", body)[0] == 400
    assert studio.account.tasks(vendor="huawei-metastudio") == []


def test_an_unsigned_callback_url_may_contain_the_signature_parameters(studio: MetaStudio) -> None:
    assert studio.create(callback_config={"callback_url": "http://127.0.0.1:1/?secret=1&time_stamp=2"})
