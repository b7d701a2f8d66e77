"""The vendor's own SDK, pointed at the server."""

from typing import Any

from bodydouble.mock_server.testing.account import Account
from tests.support.huawei_metastudio import AVATAR, VENDOR, VOICE


class Studio:
    """A client of the SDK for an account.

    Args:
        sdk: the SDK's module.
        endpoint: where requests go, instead of straight to the account's server.
        credentials: in place of the account's own.
    """

    def __init__(self, sdk: Any, account: Account, endpoint: str | None = None, **credentials: str) -> None:
        from huaweicloudsdkcore.auth.credentials import BasicCredentials
        from huaweicloudsdkcore.http.http_config import HttpConfig

        used = {**account.credentials(VENDOR), **credentials}
        config = HttpConfig.get_default_config()
        config.timeout = (5, 20)
        self.sdk, self.account = sdk, account
        self.client = (
            sdk.MetaStudioClient.new_builder()
            .with_http_config(config)
            .with_credentials(BasicCredentials(used["access_key"], used["secret_key"], used["project_id"]))
            .with_endpoint(endpoint or account.server.base_url)
            .build()
        )

    def request(self, text: str = "大家好", **changed: Any) -> Any:
        """A request to create a video."""
        sdk = self.sdk
        body = {
            "model_asset_id": AVATAR,
            "voice_config": sdk.VoiceConfig(voice_asset_id=VOICE, speed=100),
            "video_config": sdk.VideoConfig(codec="H264", bitrate=5000, width=1920, height=1080),
            "shoot_scripts": [
                sdk.ShootScriptItem(
                    sequence_no=0,
                    shoot_script=sdk.ShootScript(script_type="TEXT", text_config=sdk.TextConfig(text=text)),
                )
            ],
            "output_asset_config": sdk.OutputAssetConfig(asset_name="自我介绍"),
            **changed,
        }
        return sdk.Create2DDigitalHumanVideoRequest(body=sdk.Create2DDigitalHumanVideoReq(**body))

    def create(self, **changed: Any) -> str:
        """Create a video; its job's id."""
        response = self.client.create2_d_digital_human_video(self.request(**changed))
        assert response.status_code == 200
        assert response.x_request_id
        return str(response.job_id)

    def show(self, job_id: str, **query: Any) -> Any:
        return self.client.show2_d_digital_human_video(self.sdk.Show2DDigitalHumanVideoRequest(job_id=job_id, **query))

    def cancel(self, job_id: str) -> Any:
        return self.client.cancel2_d_digital_human_video(self.sdk.Cancel2DDigitalHumanVideoRequest(job_id=job_id))

    def list(self, **query: Any) -> Any:
        return self.client.list_digital_human_video(self.sdk.ListDigitalHumanVideoRequest(**query))

    def upload(self, asset_id: str) -> str:
        """Declare a file of an asset, upload 1024 zeros and confirm them; the file's id."""
        sdk, md5 = self.sdk, "DzQ7CTESaiDxM9Z8KwGKOw=="
        body = sdk.FilesCreateReq(
            file_name="a.png",
            file_md5=md5,
            file_size=1024,
            file_type="png",
            asset_id=asset_id,
            asset_file_category="OTHER",
        )
        created = self.client.create_file(sdk.CreateFileRequest(body=body))
        headers = {"Content-Type": "image/png", "Content-MD5": md5}
        assert self.account.http.put(created.upload_url, body=bytes(1024), headers=headers).status == 200
        confirmation = sdk.ConfirmFileUploadRequestBody(state="CREATED")
        self.client.confirm_file_upload(sdk.ConfirmFileUploadRequest(file_id=created.file_id, body=confirmation))
        return str(created.file_id)
