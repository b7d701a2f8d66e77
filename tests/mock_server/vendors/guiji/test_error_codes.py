"""The codes of the vendor's public table: which the mock server uses by itself, and all of them by a scenario."""

from typing import Any

import pytest

from bodydouble.contracts.model.loader import load_contract
from tests.support.guiji import AVATAR_CONSENT, Guiji

pytestmark = pytest.mark.generated

CREATE, AUTHORIZE = "/openapi/video/v3/simpleCreate", "/openapi/video/v3/authorize"
SPEECH = {"text": "Hello.", "speakerId": "C_101"}
CONSENT = {"authorizeUrl": "https://media.example.com/a.mp4", "authorizeText": AVATAR_CONSENT}
# The table of duix.guiji.ai/document/video.
TABLE = {
    "40001": "internalError",
    "40002": "accessTokenInvalid",
    "40003": "accessTokenExpired",
    "40010": "insufficientBalance",
    "40011": "audioUrlInvalid",
    "40012": "audioDurationInvalid",
    "40013": "fileSizeInvalid",
    "40014": "fileMissing",
    "40015": "parameterMissing",
    "40016": "fileUploadFailed",
    "40017": "fileDownloadFailed",
    "40018": "fileNotFound",
    "40019": "concurrencyExceeded",
    "40020": "backgroundImageFormatUnsupported",
    "40021": "trainingVideoFailed",
    "40022": "bitRateInvalid",
    "40023": "resolutionInvalid",
    "40024": "frameRateInvalid",
    "40025": "avatarNotFound",
    "40026": "avatarExpired",
    "40027": "videoFormatInvalid",
}


@pytest.mark.parametrize(("code", "name"), TABLE.items())
def test_every_code_of_the_public_table_can_be_chosen_by_a_scenario(guiji: Guiji, code: str, name: str) -> None:
    guiji.account.scenario("guiji", "createVideo", error=name, times=1)
    message = load_contract("guiji").errors[name].message
    rejection = guiji.rejection("POST", CREATE, {"sceneId": -101, **SPEECH})
    assert (rejection[0], rejection[1].partition(":")[0]) == (code, message)
    assert guiji.synthesise()


@pytest.mark.parametrize("scene", [-999, "-999", 0, "0", 2**63 - 1, 423])
@pytest.mark.parametrize(("path", "rest"), [(CREATE, SPEECH), (AUTHORIZE, CONSENT)])
def test_an_avatar_that_does_not_exist_has_a_code_of_its_own(
    guiji: Guiji, path: str, rest: dict[str, str], scene: int | str
) -> None:
    code, message = guiji.rejection("POST", path, {"sceneId": scene, **rest})
    assert (code, message) == (
        "40025",
        f"Avatar does not exist: /sceneId: neither a public avatar nor a trained one of this account: {scene}",
    )


@pytest.mark.parametrize("outcome", ["failed", "rejected"])
def test_a_training_without_success_has_made_no_avatar(guiji: Guiji, outcome: str) -> None:
    guiji.account.scenario("guiji", "createAvatarTraining", outcome=outcome)
    training = guiji.train()
    guiji.account.advance(6)
    for path, rest in ((CREATE, SPEECH), (AUTHORIZE, CONSENT)):
        assert guiji.rejection("POST", path, {"sceneId": -training, **rest})[0] == "40025"


def test_an_avatar_that_is_trained_anew_does_not_exist_until_it_is_trained(guiji: Guiji) -> None:
    training = guiji.train()
    guiji.account.advance(6)
    scene = guiji.training(training)["sceneId"]
    guiji.train(id=training)
    request: dict[str, Any] = {"sceneId": scene, **SPEECH}
    assert guiji.rejection("POST", CREATE, request)[0] == "40025"
    guiji.account.advance(6)
    assert guiji.synthesise(sceneId=scene)


def test_unknown_voices_trainings_videos_and_audios_have_the_general_code(guiji: Guiji) -> None:
    assert guiji.rejection("POST", CREATE, {"sceneId": -101, **SPEECH, "speakerId": "C_999"})[0] == "40001"
    for path in ("/openapi/video/v2/training/get/9", "/openapi/video/v2/get/9", "/openapi/speaker/v2/tts/9"):
        assert guiji.rejection("GET", path)[0] == "40001"
