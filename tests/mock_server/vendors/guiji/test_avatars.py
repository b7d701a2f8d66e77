"""Avatar trainings: states, records, lists, resubmission and consent."""

from typing import Any

import pytest

from bodydouble.mock_server.testing.receiver import Receiver
from tests.support.guiji import AVATAR_CONSENT, TRAININGS, Guiji


def test_a_training_goes_from_pending_through_training_to_success(guiji: Guiji) -> None:
    training = guiji.train()
    seen = [guiji.training(training)["status"]]
    for seconds in (0.999, 0.001, 4.999, 0.001, 1000):
        guiji.account.advance(seconds)
        seen.append(guiji.training(training)["status"])
    assert seen == [0, 0, 1, 1, 2, 2]


def test_an_unfinished_training_shows_no_result(dated: Guiji) -> None:
    training = dated.train(name="Anchor", videoUrl="https://media.example.com/v.mp4")
    assert dated.training(training) == {
        "id": training,
        "title": "Anchor",
        "videoUrl": "https://media.example.com/v.mp4",
        "status": 0,
        "callbackStatus": 0,
        "comment": "",
        "sceneId": None,
        "coverUrl": "",
        "authorizeStatus": 0,
        "createTime": "2025-03-10 10:11:45",
        "updateTime": "2025-03-10 10:11:45",
    }


def test_a_trained_avatar_has_a_scene_and_a_permanent_picture(dated: Guiji) -> None:
    training = dated.train()
    dated.account.advance(6)
    record = dated.training(training)
    assert record["status"] == 2
    assert isinstance(record["sceneId"], int)
    assert (record["createTime"], record["updateTime"]) == ("2025-03-10 10:11:45", "2025-03-10 10:11:51")
    assert dated.account.http.get(record["coverUrl"]).headers["content-type"] == "image/png"
    dated.account.advance(25 * 3600)
    assert dated.account.http.get(record["coverUrl"]).status == 200


@pytest.mark.parametrize(("outcome", "status"), [("failed", 3), ("rejected", 4)])
def test_a_failed_or_rejected_training_shows_the_reason_and_has_no_scene(
    guiji: Guiji, outcome: str, status: int
) -> None:
    guiji.account.scenario("guiji", "createAvatarTraining", outcome=outcome, reason="no face was found")
    training = guiji.train()
    guiji.account.advance(5.999)
    assert (guiji.training(training)["status"], guiji.training(training)["comment"]) == (1, "")
    guiji.account.advance(0.001)
    record = guiji.training(training)
    assert (record["status"], record["comment"]) == (status, "no face was found")
    assert (record["sceneId"], record["coverUrl"]) == (None, "")


def test_a_failure_has_a_default_reason(guiji: Guiji) -> None:
    training = guiji.train()
    guiji.account.act(training, "fail")
    assert guiji.training(training)["comment"]


def test_the_list_shows_every_training_newest_first_in_pages(guiji: Guiji) -> None:
    trainings = [guiji.train(name=f"Avatar {number}") for number in range(5)]
    guiji.account.act(trainings[1], "fail")
    content = guiji.page(TRAININGS)
    assert [record["id"] for record in content["records"]] == trainings[::-1]
    assert (content["pageNo"], content["pageSize"], content["totalRecord"]) == (1, 10, 5)
    assert content["records"] == [guiji.training(training) for training in trainings[::-1]]
    pages = [guiji.page(TRAININGS, page=number, size=2) for number in (1, 2, 3, 4)]
    assert [[record["id"] for record in page["records"]] for page in pages] == [
        [trainings[4], trainings[3]],
        [trainings[2], trainings[1]],
        [trainings[0]],
        [],
    ]
    assert {page["totalRecord"] for page in pages} == {5}


def test_reading_changes_nothing(guiji: Guiji) -> None:
    training = guiji.train()
    before = guiji.training(training)
    for _ in range(5):
        guiji.page(TRAININGS)
        assert guiji.training(training) == before


def test_only_a_trained_scene_can_be_used_in_a_video(guiji: Guiji) -> None:
    training = guiji.train()
    request = {"sceneId": str(-training), "text": "Hello.", "speakerId": "C_101"}
    assert guiji.rejection("POST", "/openapi/video/v3/simpleCreate", request)[0] == "40025"
    guiji.account.advance(6)
    scene = guiji.training(training)["sceneId"]
    assert guiji.synthesise(sceneId=scene)
    assert guiji.synthesise(sceneId=str(scene))


def resubmission(training: int, **changed: Any) -> dict[str, Any]:
    return {
        "id": training,
        "name": "Second take",
        "videoUrl": "https://media.example.com/second.mp4",
        "authorizeUrl": "https://media.example.com/consent.mp4",
        "authorizeText": AVATAR_CONSENT,
        "level": 1,
        **changed,
    }


@pytest.mark.parametrize("first", ["success", "failed", "rejected"])
def test_an_ended_training_can_be_resubmitted_under_the_same_id(guiji: Guiji, first: str) -> None:
    guiji.account.scenario("guiji", "createAvatarTraining", outcome=first, times=1)
    training = guiji.train()
    guiji.account.advance(6)
    created = guiji.training(training)["createTime"]
    left = guiji.benefits()["fastTrainingAmount"]
    path = "/openapi/video/v3/create/training"

    assert guiji.data("POST", path, resubmission(training)) == {"trainingId": training}

    record = guiji.training(training)
    assert (record["status"], record["title"], record["comment"]) == (0, "Second take", "")
    assert (record["sceneId"], record["coverUrl"]) == (None, ""), "the earlier result is not shown for the new training"
    assert (record["videoUrl"], record["createTime"]) == ("https://media.example.com/second.mp4", created)
    assert guiji.benefits()["fastTrainingAmount"] == left - 1
    assert guiji.page(TRAININGS)["totalRecord"] == 1
    guiji.account.advance(5.999)
    assert guiji.training(training)["status"] == 1
    guiji.account.advance(0.001)
    record = guiji.training(training)
    assert record["status"] == 2
    assert isinstance(record["sceneId"], int)
    assert guiji.account.http.get(record["coverUrl"]).status == 200


def test_a_successful_training_may_fail_when_it_is_resubmitted(guiji: Guiji) -> None:
    training = guiji.train()
    guiji.account.advance(6)
    scene = guiji.training(training)["sceneId"]
    guiji.account.scenario("guiji", "createAvatarTraining", outcome="failed", reason="blurred")
    guiji.data("POST", "/openapi/video/v3/create/training", resubmission(training))
    guiji.account.advance(6)
    record = guiji.training(training)
    assert (record["status"], record["comment"], record["sceneId"]) == (3, "blurred", None)
    request = {"sceneId": scene, "text": "Hello.", "speakerId": "C_101"}
    assert guiji.rejection("POST", "/openapi/video/v3/simpleCreate", request)[0] == "40025"


@pytest.mark.parametrize("seconds", [0, 3])
def test_resubmitting_an_unfinished_training_is_rejected_and_uses_no_quota(guiji: Guiji, seconds: float) -> None:
    training = guiji.train()
    guiji.account.advance(seconds)
    left = guiji.benefits()
    code, _ = guiji.rejection("POST", "/openapi/video/v3/create/training", resubmission(training))
    assert code == "40019"
    assert guiji.benefits() == left
    assert guiji.training(training)["title"] == "Presenter"


def test_a_null_id_creates_a_new_training(guiji: Guiji) -> None:
    first, second = guiji.train(), guiji.train(id=None)
    assert first != second
    assert guiji.page(TRAININGS)["totalRecord"] == 2


def test_a_resubmitted_training_sends_a_callback_to_the_new_url(guiji: Guiji, receiver: Receiver) -> None:
    training = guiji.train(callbackUrl=receiver.url)
    guiji.account.advance(6)
    url = receiver.url.replace("callback", "second")
    guiji.data("POST", "/openapi/video/v3/create/training", resubmission(training, callbackUrl=url))
    assert guiji.training(training)["callbackStatus"] == 0
    guiji.account.advance(6)
    assert [(request.path, request.json["data"]["title"]) for request in receiver.received] == [
        ("/callback", "Presenter"),
        ("/second", "Second take"),
    ]
    assert receiver.received[1].json["data"]["result"] == "success"


@pytest.mark.generated
@pytest.mark.parametrize(
    ("text", "status"),
    [
        (AVATAR_CONSENT, 1),
        (f"  {AVATAR_CONSENT}\n", 1),
        ("I am 张三. I consent 示例公司 clone my avatar for the synthesis of video.", 1),
        ("I am Ann Example. I consent Example Ltd. clone my avatar for the synthesis of video.", 1),
        ("I am . I consent Example Ltd clone my avatar for the synthesis of video.", 0),
        ("I am Ann Example. I consent  clone my avatar for the synthesis of video.", 0),
        ("I am Ann Example. I consent Example Ltd clone my voice for the synthesis of audio.", 0),
        ("I am Ann Example. I consent Example Ltd clone my avatar for the synthesis of video", 0),
        (AVATAR_CONSENT.upper(), 0),
        ("I agree.", 0),
    ],
)
def test_only_a_consent_in_the_prescribed_words_is_verified(guiji: Guiji, text: str, status: int) -> None:
    training = guiji.train(authorizeText=text)
    assert guiji.training(training)["authorizeStatus"] == 0
    guiji.account.advance(0.999)
    assert guiji.training(training)["authorizeStatus"] == 0
    guiji.account.advance(0.001)
    assert guiji.training(training)["authorizeStatus"] == status
    guiji.account.advance(1000)
    assert guiji.training(training)["authorizeStatus"] == status
    assert guiji.training(training)["status"] == 2, "the training does not depend on consent"


def test_consent_can_be_submitted_later_for_the_scene_and_shows_in_the_training(guiji: Guiji) -> None:
    training = guiji.train(authorizeText="I agree.")
    guiji.account.advance(6)
    scene = guiji.training(training)["sceneId"]
    assert guiji.authorize_avatar(scene) is True
    assert guiji.training(training)["authorizeStatus"] == 0
    guiji.account.advance(1)
    assert guiji.training(training)["authorizeStatus"] == 1
    assert guiji.page(TRAININGS)["records"][0]["authorizeStatus"] == 1


def test_a_later_consent_does_not_revoke_a_verified_one(guiji: Guiji) -> None:
    training = guiji.train()
    guiji.account.advance(6)
    scene = str(guiji.training(training)["sceneId"])
    for text in (AVATAR_CONSENT, "I do not agree."):
        assert guiji.authorize_avatar(scene, text) is True
        assert guiji.training(training)["authorizeStatus"] == 1


def test_consent_is_rejected_for_an_untrained_scene_and_accepted_for_a_public_scene(guiji: Guiji) -> None:
    training = guiji.train()
    request = {"sceneId": -training, "authorizeUrl": "https://media.example.com/a", "authorizeText": "any"}
    code, message = guiji.rejection("POST", "/openapi/video/v3/authorize", request)
    assert code == "40025"
    assert "/sceneId" in message
    assert guiji.authorize_avatar(-101) is True
    assert guiji.authorize_avatar("110") is True
