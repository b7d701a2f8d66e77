"""The vendor's real SDK against the mock server: it signs, sends, reads and raises as it would in the cloud."""

from typing import Any

import pytest

from bodydouble.contracts.signatures import mss_a
from bodydouble.mock_server.testing.account import Account
from bodydouble.mock_server.testing.receiver import Receiver
from tests.support.huawei_metastudio import AVATAR, OWN_PICTURE, READY, VENDOR, VOICE
from tests.support.huawei_metastudio_sdk import Studio

pytestmark = pytest.mark.process


@pytest.fixture
def studio(sdk: Any, account: Account) -> Studio:
    return Studio(sdk, account)


@pytest.fixture
def errors(sdk: Any) -> Any:
    """The SDK's exceptions."""
    from huaweicloudsdkcore.exceptions import exceptions

    return exceptions


def test_a_video_is_created_shown_until_it_succeeds_and_downloaded(studio: Studio, receiver: Receiver) -> None:
    config = studio.sdk.CallBackConfig(callback_url=f"{receiver.url}?x=1", auth_type="MSS_A", key="k3y")
    job_id = studio.create(callback_config=config)
    states = [studio.show(job_id).state]
    while states[-1] != "SUCCEED":
        studio.account.act(job_id, "step")
        states.append(studio.show(job_id).state)
    assert states == ["WAITING", "PROCESSING", "SUCCEED"]
    job = studio.show(job_id, show_script=True)
    assert job.duration > 0
    assert job.shoot_scripts[0].shoot_script.text_config.text == "大家好"
    assert job.output_asset_config.asset_name == "自我介绍"
    asset = studio.client.show_asset(studio.sdk.ShowAssetRequest(asset_id=job.output_asset_config.asset_id))
    (main,) = [file for file in asset.files if file.asset_file_category == "MAIN"]
    video = studio.account.http.get(main.download_url)
    assert (video.status, video.headers["content-type"], video.body[4:8]) == (200, "video/mp4", b"ftyp")
    studio.account.advance(0)
    (report,) = receiver.wait_for(1)
    assert report.json == {"result": "SUCCEED", "asset_id": asset.asset_id, "job_id": job_id}
    assert mss_a.verify(receiver.url.removesuffix("/callback") + report.path, "k3y", studio.account.now() // 1000)


def test_jobs_are_listed_with_filters(studio: Studio) -> None:
    first, second = studio.create(), studio.create()
    studio.cancel(second)
    every = studio.list(limit=10, offset=0, sort_dir="desc")
    assert every.count == 2
    assert [job.job_id for job in every.jobs] == [second, first]
    assert [job.job_id for job in studio.list(state="WAITING,SUCCEED").jobs] == [first]
    assert [job.job_id for job in studio.list(job_ids=[first, second], sort_key="create_time").jobs] == [first, second]
    assert studio.list(asset_name="自我", fuzzy_query_field=["asset_name"]).count == 2
    assert studio.list(asset_name="名 *~/+").count == 0


def test_a_waiting_job_is_cancelled_and_no_other(studio: Studio, errors: Any) -> None:
    job_id = studio.create()
    assert studio.cancel(job_id).status_code == 200
    assert studio.show(job_id).state == "CANCELED"
    with pytest.raises(errors.ClientRequestException) as caught:
        studio.cancel(job_id)
    assert (caught.value.status_code, caught.value.error_code) == (400, "MSS.00000003")


def test_a_script_is_saved_read_changed_copied_used_and_deleted(studio: Studio, errors: Any) -> None:
    sdk, client, body = studio.sdk, studio.client, studio.request().body
    settings = {
        "script_name": "Spring",
        "model_asset_id": AVATAR,
        "voice_config": body.voice_config,
        "video_config": body.video_config,
        "shoot_scripts": body.shoot_scripts,
    }
    created = client.create_video_scripts(sdk.CreateVideoScriptsRequest(body=sdk.CreateVideoScriptsReq(**settings)))
    script_id = created.script_id
    client.update_video_script(
        sdk.UpdateVideoScriptRequest(script_id=script_id, body=sdk.UpdateVideoScriptsReq(script_name="Summer"))
    )
    shown = client.show_video_script(sdk.ShowVideoScriptRequest(script_id=script_id))
    assert shown.script_name == "Summer"
    assert shown.shoot_scripts[0].shoot_script.text_config.text == "大家好"
    copied = client.copy_video_scripts(sdk.CopyVideoScriptsRequest(script_id=script_id))
    listed = client.list_video_scripts(sdk.ListVideoScriptsRequest(name="Summer"))
    assert [script.script_id for script in listed.video_scripts] == [copied.script_id, script_id]
    job_id = client.create2_d_digital_human_video(
        sdk.Create2DDigitalHumanVideoRequest(body=sdk.Create2DDigitalHumanVideoReq(script_id=script_id))
    ).job_id
    assert studio.show(job_id, show_script=True).script_id == script_id
    subtitles = client.create_subtitle_file(
        sdk.CreateSubtitleFileRequest(body=sdk.CreateSubtitleFileReq(script_id=script_id))
    )
    studio.account.advance(READY)
    shown = client.show_subtitle_file(sdk.ShowSubtitleFileRequest(job_id=subtitles.job_id))
    assert shown.job_state == "GENERATED"
    client.delete_video_script(sdk.DeleteVideoScriptRequest(script_id=script_id))
    with pytest.raises(errors.ClientRequestException) as caught:
        client.show_video_script(sdk.ShowVideoScriptRequest(script_id=script_id))
    assert "script_id does not exist" in caught.value.error_msg


def test_the_library_is_listed_changed_emptied_and_restored(studio: Studio) -> None:
    sdk, client = studio.sdk, studio.client
    listed = client.list_assets(sdk.ListAssetsRequest(asset_type="HUMAN_MODEL_2D", asset_source="SYSTEM"))
    assert listed.count == 6
    assert AVATAR in [asset.asset_id for asset in listed.assets]
    body = sdk.UpdateDigitalAssetRequestBody(asset_name="开场", tags=["NEWS"])
    client.update_digital_asset(sdk.UpdateDigitalAssetRequest(asset_id=OWN_PICTURE, body=body))
    client.delete_asset(sdk.DeleteAssetRequest(asset_id=OWN_PICTURE))
    assert client.show_asset(sdk.ShowAssetRequest(asset_id=OWN_PICTURE)).asset_state == "DELETING"
    client.restore_asset(sdk.RestoreAssetRequest(asset_id=OWN_PICTURE))
    asset = client.show_asset(sdk.ShowAssetRequest(asset_id=OWN_PICTURE))
    assert (asset.asset_name, asset.asset_state) == ("开场", "ACTIVED")


def test_a_file_is_declared_uploaded_and_confirmed(studio: Studio) -> None:
    sdk, client = studio.sdk, studio.client
    file_id = studio.upload(OWN_PICTURE)
    asset = client.show_asset(sdk.ShowAssetRequest(asset_id=OWN_PICTURE))
    (file,) = [candidate for candidate in asset.files if candidate.file_id == file_id]
    assert studio.account.http.get(file.download_url).body == bytes(1024)


def test_a_wrong_secret_is_a_401_that_the_sdk_reads(sdk: Any, account: Account, errors: Any) -> None:
    with pytest.raises(errors.ClientRequestException) as caught:
        Studio(sdk, account, secret_key="wrong").create()
    error = caught.value
    assert (error.status_code, error.error_code) == (401, "APIGW.0301")
    assert error.error_msg.startswith("Incorrect IAM authentication information: verify aksk signature fail")
    assert error.request_id


def test_an_unknown_access_key_and_another_project_are_rejected(sdk: Any, account: Account, errors: Any) -> None:
    with pytest.raises(errors.ClientRequestException) as caught:
        Studio(sdk, account, access_key="nobody").list()
    assert (caught.value.status_code, caught.value.error_code) == (401, "APIGW.0301")
    with pytest.raises(errors.ClientRequestException) as caught:
        Studio(sdk, account, project_id="other").list()
    assert (caught.value.status_code, caught.value.error_code) == (400, "MSS.00010009")


def test_a_manually_added_token_is_accepted(studio: Studio, errors: Any) -> None:
    issued = studio.account.control("POST", "/tokens", {"vendor": VENDOR, "seconds": 60})
    broken = Studio(studio.sdk, studio.account, secret_key="wrong")
    for token, status in ((issued.json["token"], 200), ("nonsense", 401)):
        invoker = broken.client.create2_d_digital_human_video_invoker(broken.request())
        invoker.add_header("X-Auth-Token", token)
        if status == 200:
            assert invoker.invoke().job_id
        else:
            with pytest.raises(errors.ClientRequestException) as caught:
                invoker.invoke()
            assert caught.value.status_code == status


def test_a_bad_request_names_the_field_and_the_violated_rule(studio: Studio, errors: Any) -> None:
    with pytest.raises(errors.ClientRequestException) as caught:
        studio.create(voice_config=studio.sdk.VoiceConfig(voice_asset_id=VOICE, speed=500))
    error = caught.value
    assert (error.status_code, error.error_code) == (400, "MSS.00000003")
    assert "/voice_config/speed: maximum" in error.error_msg
    assert error.request_id


def test_an_unknown_job_or_asset_is_the_documented_400(studio: Studio, errors: Any) -> None:
    with pytest.raises(errors.ClientRequestException) as caught:
        studio.show("no-such-job")
    assert (caught.value.status_code, caught.value.error_code) == (400, "MSS.00000003")
    with pytest.raises(errors.ClientRequestException) as caught:
        studio.client.show_asset(studio.sdk.ShowAssetRequest(asset_id="no-such-asset"))
    assert (caught.value.status_code, caught.value.error_code) == (400, "MSS.10001001")


def test_an_unknown_path_is_a_404(studio: Studio, errors: Any) -> None:
    with pytest.raises(errors.ClientRequestException) as caught:
        studio.client.list_styles(studio.sdk.ListStylesRequest())
    assert (caught.value.status_code, caught.value.error_code) == (404, "APIGW.0101")


def test_being_throttled_loses_the_body_on_get_but_not_on_post(studio: Studio, errors: Any) -> None:
    studio.account.scenario(VENDOR, "ListDigitalHumanVideo", error="throttled", times=1)
    with pytest.raises(errors.ClientRequestException) as caught:
        studio.list()
    assert (caught.value.status_code, caught.value.error_code) == (429, "429")
    studio.account.scenario(VENDOR, "Create2DDigitalHumanVideo", error="throttled", times=1)
    with pytest.raises(errors.ClientRequestException) as caught:
        studio.create()
    assert (caught.value.status_code, caught.value.error_code) == (429, "APIGW.0308")
    assert studio.create()


def test_an_error_inside_the_service_is_a_server_response_exception(studio: Studio, errors: Any) -> None:
    studio.account.scenario(VENDOR, "Create2DDigitalHumanVideo", error="internalError", times=1)
    with pytest.raises(errors.ServerResponseException) as caught:
        studio.create()
    assert (caught.value.status_code, caught.value.error_code) == (500, "MSS.00000004")
