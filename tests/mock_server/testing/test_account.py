"""What the account object adds to the control plane: waiting for deliveries, and checking requests."""

import asyncio
from typing import Any

import pytest

from bodydouble.mock_server.testing.account import Account, ControlError, NoDeliveryError, UnknownVendorError
from bodydouble.mock_server.testing.receiver import Receiver, respond
from tests.support.guiji import ACKNOWLEDGEMENT, Guiji


def test_waiting_advances_the_clock_to_the_delivery_and_not_beyond(account: Account, receiver: Receiver) -> None:
    receiver.behaviour = respond(200, ACKNOWLEDGEMENT)
    video_id = Guiji(account).synthesise(callbackUrl=receiver.url)
    delivery = account.wait_for_delivery("guiji", "videoResult", video_id)
    assert delivery["state"] == "delivered"
    assert delivery["attempts"][-1]["at"] == account.now()
    assert [callback.json["data"]["id"] for callback in receiver.received] == [video_id]


def test_every_delivery_is_returned_once_in_the_order_in_which_they_are_due(
    account: Account, receiver: Receiver
) -> None:
    receiver.behaviour = respond(200, ACKNOWLEDGEMENT)
    guiji = Guiji(account)
    guiji.train(callbackUrl=receiver.url)
    guiji.synthesise(callbackUrl=receiver.url)
    waited = [account.wait_for_delivery(), account.wait_for_delivery()]
    assert {delivery["callback"] for delivery in waited} == {"avatarTrainingResult", "videoResult"}
    assert waited[0]["due_at"] <= waited[1]["due_at"]
    with pytest.raises(NoDeliveryError, match="already waited for"):
        account.wait_for_delivery()


def test_a_rejected_delivery_is_returned_after_its_last_retry(account: Account, receiver: Receiver) -> None:
    receiver.behaviour = respond(500)
    Guiji(account).synthesise(callbackUrl=receiver.url)
    delivery = account.wait_for_delivery()
    assert (delivery["state"], delivery["attempts"][-1]["status"]) == ("failed", 500)


def test_a_running_clock_keeps_running_after_waiting(account: Account, receiver: Receiver) -> None:
    receiver.behaviour = respond(200, ACKNOWLEDGEMENT)
    account.run()
    Guiji(account).synthesise(callbackUrl=receiver.url)
    assert account.wait_for_delivery()["state"] == "delivered"
    assert account.describe()["clock"]["mode"] == "running"


def test_waiting_for_a_delivery_that_will_not_come_says_why(account: Account, receiver: Receiver) -> None:
    guiji = Guiji(account)
    video_id = guiji.synthesise()
    with pytest.raises(NoDeliveryError, match="was a callback URL given"):
        account.wait_for_delivery()
    other_id = guiji.synthesise(callbackUrl=receiver.url)
    account.hold(other_id)
    with pytest.raises(NoDeliveryError) as caught:
        account.wait_for_delivery("guiji", key=other_id)
    message = str(caught.value)
    assert f"guiji video {video_id}, queued" in message
    assert f"guiji video {other_id}, queued, held" in message


def test_a_task_is_held_stepped_finished_and_failed(account: Account) -> None:
    guiji = Guiji(account)
    first, second = guiji.synthesise(), guiji.synthesise()
    account.hold(first)
    account.advance(1)
    assert guiji.video(first)["synthesisStatus"] == 1
    account.step(first)
    assert guiji.video(first)["synthesisStatus"] == 2
    account.release(first)
    account.finish(first)
    assert guiji.video(first)["synthesisStatus"] == 3
    account.fail(second, reason="too dark")
    assert guiji.video(second)["failReason"] == "too dark"


def test_the_clock_is_advanced_to_a_time(account: Account) -> None:
    later = account.now() + 5000
    account.advance_to(later)
    assert account.now() == later


def test_requests_that_conform_pass(account: Account) -> None:
    Guiji(account).benefits()
    account.assert_requests_conform()


def test_a_violating_request_is_shown_by_field_got_and_expected(account: Account) -> None:
    guiji = Guiji(account)
    guiji.send("POST", "/openapi/video/v3/simpleCreate", {"sceneId": "-101", "speakerId": 5})
    with pytest.raises(AssertionError) as caught:
        account.assert_requests_conform("guiji")
    lines = [" ".join(line.split()) for line in str(caught.value).splitlines()]
    assert "1 request violates the contract:" in lines
    assert "field got expected" in lines
    assert "/speakerId 5 string" in lines
    assert "/audioUrl nothing a value" in lines
    assert guiji.token not in str(caught.value)


def test_a_request_to_an_unknown_path_is_reported_without_a_signature(account: Account) -> None:
    account.http.get("/openapi/video/v9/nowhere")
    account.http.delete("/openapi/user/v2/get")
    with pytest.raises(AssertionError, match="2 requests violate the contract") as caught:
        account.assert_requests_conform()
    assert "GET /openapi/video/v9/nowhere" in str(caught.value)
    assert "wrongMethod" in str(caught.value)


def test_a_secret_in_a_violating_request_is_not_shown(account: Account) -> None:
    account.http.get("/openapi/oauth/token", query={"sign": "open sesame", "appId": "me"})
    with pytest.raises(AssertionError) as caught:
        account.assert_requests_conform()
    assert "sesame" not in str(caught.value)
    assert "query parameter sign" in str(caught.value)


def test_the_requests_before_a_test_are_not_its_own(account: Account) -> None:
    account.http.get("/openapi/nowhere")
    Account(account.server).assert_requests_conform()


def test_a_request_that_the_control_plane_rejects_is_an_error(account: Account) -> None:
    with pytest.raises(ControlError, match="guiji has no operation createMovie"):
        account.scenario("guiji", "createMovie", error="insufficientBalance")


def test_an_unknown_vendor_is_an_error_that_names_the_vendors(account: Account) -> None:
    with pytest.raises(UnknownVendorError, match="no vendor 'gujji'; there are: aliyun-avatar, guiji, huawei-"):
        account.credentials("gujji")


def test_a_receiver_in_the_event_loop_of_the_test_responds_while_the_test_waits(account: Account) -> None:
    async def respond_to(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        body = b'{"code": "0", "success": true, "message": "Request successful"}'
        head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n"
        writer.write(f"{head}Connection: close\r\n\r\n".encode() + body)
        await writer.drain()
        writer.close()

    async def wait() -> Any:
        async with await asyncio.start_server(respond_to, "127.0.0.1", 0) as receiving:
            port = receiving.sockets[0].getsockname()[1]
            video = Guiji(account).synthesise(callbackUrl=f"http://127.0.0.1:{port}/")
            return await account.wait_for_delivery_async("guiji", "videoResult", video)

    assert asyncio.run(wait())["state"] == "delivered"
