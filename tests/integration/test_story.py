"""The main use case, over the wire: clone, synthesise, receive the callback, download."""

import pytest

from bodydouble.mock_server.testing.account import Account
from bodydouble.mock_server.testing.receiver import Receiver, respond
from tests.support.guiji import ACKNOWLEDGEMENT, Guiji

pytestmark = pytest.mark.process


def test_a_video_with_a_cloned_avatar_and_voice_sends_its_callback_and_can_be_downloaded(
    account: Account, receiver: Receiver
) -> None:
    receiver.behaviour = respond(200, ACKNOWLEDGEMENT)
    guiji = Guiji(account)
    training_id, speaker_id = guiji.train(callbackUrl=receiver.url), guiji.clone(callbackUrl=receiver.url)
    account.advance(10)
    video_id = guiji.synthesise(
        sceneId=guiji.training(training_id)["sceneId"], speakerId=speaker_id, callbackUrl=receiver.url
    )
    happened = account.advance(10)

    assert [event["outcome"] for event in happened if event["type"] == "delivery"] == ["delivered"]
    announced = receiver.received[-1].json
    assert announced["data"]["id"] == video_id
    assert announced["data"]["result"] == "success"
    assert guiji.video(video_id)["videoUrl"] == announced["data"]["videoUrl"]
    video = account.http.get(announced["data"]["videoUrl"])
    assert video.status == 200
    assert video.headers["content-type"] == "video/mp4"
    assert video.body[4:8] == b"ftyp"
