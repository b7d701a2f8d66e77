"""The codes of the vendor's public error pages: all of them can be had, if only by a scenario."""

import pytest

from bodydouble.contracts.model.loader import load_contract
from tests.support.huawei_metastudio import MetaStudio, video_request

pytestmark = pytest.mark.generated

# Code and HTTP status as the stored MetaStudio error code page and the page of the gateway's codes have them.
TABLE = {
    "MSS.00000001": ("unauthorized", 401),
    "MSS.00000002": ("invalidBody", 400),
    "MSS.00000003": ("invalidParameter", 400),
    "MSS.00000004": ("internalError", 500),
    "MSS.00010009": ("projectMismatch", 400),
    "MSS.10000002": ("requestJsonAbnormal", 400),
    "MSS.10000003": ("validationAbnormal", 400),
    "MSS.10001001": ("assetNotFound", 400),
    "MSS.10001005": ("assetNameTaken", 400),
    "APIGW.0301": ("signatureMismatch", 401),
    "APIGW.0308": ("throttled", 429),
}


@pytest.mark.parametrize(("code", "expected"), TABLE.items())
def test_every_code_of_the_public_pages_can_be_chosen_by_a_scenario(
    studio: MetaStudio, code: str, expected: tuple[str, int]
) -> None:
    name, status = expected
    studio.account.scenario("huawei-metastudio", "Create2DDigitalHumanVideo", error=name, times=1)
    rejection = studio.video_rejection()
    message = load_contract("huawei-metastudio").errors[name].message
    assert rejection == (status, code, f"{message}: chosen by a scenario")
    assert studio.create()


def test_a_scenario_of_a_wrong_method_says_which_methods_are_allowed(studio: MetaStudio) -> None:
    studio.account.scenario("huawei-metastudio", "Create2DDigitalHumanVideo", error="wrongMethod", times=1)
    response = studio.send("POST", "/2d-digital-human-videos", video_request())
    assert (response.status, response.headers["allow"]) == (405, "POST")
