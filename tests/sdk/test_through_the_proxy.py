"""The vendors' real SDKs through `bodydouble proxy`: signatures stay valid, nothing drifts, no secret is recorded."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from bodydouble.contracts.model.loader import load_contract
from bodydouble.contracts.redaction.fields import REPLACEMENT
from bodydouble.mock_server.testing.account import Account
from bodydouble.mock_server.testing.server import Server
from tests.sdk.test_aliyun_avatar_operations import CHECKS
from tests.support.aliyun_avatar_sdk import Sdk, synchronous
from tests.support.huawei_metastudio import OWN_PICTURE, READY, VENDOR
from tests.support.huawei_metastudio_sdk import Studio
from tests.support.proxied import Session, proxied

pytestmark = pytest.mark.process

SECRET_NAMES = ("access_key_id", "access_key_secret")
SIGNATURE = re.compile(r"Signature=[0-9a-f]{16}|Signature%3D[0-9a-f]{16}|[&?]Signature=(?!\[redacted\])")


def authorizations(session: Session) -> list[str]:
    entries = json.loads(session.har)["log"]["entries"]
    headers = [header for entry in entries for header in entry["request"]["headers"]]
    return [header["value"] for header in headers if header["name"].lower() == "authorization"]


def require_clean(session: Session, *secrets: str) -> None:
    """Require that the session ended without findings, and that its recording holds no secrets."""
    assert session.report["entries"] == []
    assert session.exit_code == 0, session.printed
    assert "0 kinds of drift, 0 kinds of misuse" in session.printed
    for secret in secrets:
        assert secret not in session.har
        assert secret not in session.printed
    assert SIGNATURE.search(session.har) is None


def test_alibabas_sdk_calls_every_operation_through_the_proxy(server: Server, tmp_path: Path) -> None:
    accounts = []
    with proxied("aliyun-avatar", server.base_url, tmp_path) as session:
        for check in CHECKS.values():
            accounts.append(Account(server))
            check(Sdk(accounts[-1], synchronous, endpoint=session.base_url.removeprefix("http://")))
    secrets = [account.credentials("aliyun-avatar")[name] for account in accounts for name in SECRET_NAMES]
    for account in accounts:
        account.delete()
    require_clean(session, *secrets)
    assert set(session.report["operations"]) == set(load_contract("aliyun-avatar").operations)
    assert set(authorizations(session)) == {REPLACEMENT}
    assert session.require_valid_examples() == set(load_contract("aliyun-avatar").operations)


@pytest.mark.parametrize(
    ("credentials", "options"),
    [({"access_key_secret": "wrong"}, ()), ({}, ("--host-header", "upstream"))],
    ids=["forged", "for another host"],
)
def test_an_invalid_signature_is_rejected_behind_the_proxy_too(
    server: Server, account: Account, tmp_path: Path, credentials: dict[str, str], options: tuple[str, ...]
) -> None:
    from Tea.exceptions import TeaException

    with proxied("aliyun-avatar", server.base_url, tmp_path, *options) as session:
        sdk = Sdk(account, synchronous, endpoint=session.base_url.removeprefix("http://"), **credentials)
        with pytest.raises(TeaException, match="SignatureDoesNotMatch"):
            CHECKS["QueryAvatarList"](sdk)
    require_clean(session)


def test_huaweis_sdk_calls_every_operation_through_the_proxy(
    sdk: Any, server: Server, account: Account, tmp_path: Path
) -> None:
    from huaweicloudsdkcore.exceptions.exceptions import ClientRequestException

    with proxied(VENDOR, server.base_url, tmp_path) as session:
        studio = Studio(sdk, account, session.base_url)
        _videos(studio)
        _scripts(studio)
        _assets_and_files(studio)
        with pytest.raises(ClientRequestException) as rejection:
            Studio(sdk, account, session.base_url, secret_key="wrong").list()
    assert rejection.value.error_code == "APIGW.0301"
    credentials = account.credentials(VENDOR)
    require_clean(session, credentials["access_key"], credentials["secret_key"])
    assert set(session.report["operations"]) == set(load_contract(VENDOR).operations)
    assert set(authorizations(session)) == {REPLACEMENT}
    with_content = {
        operation.id
        for operation in load_contract(VENDOR).operations.values()
        if operation.request_body is not None or operation.responses["200"].body is not None
    }
    assert session.require_valid_examples() == with_content


def _videos(studio: Studio) -> None:
    video, cancelled = studio.create(), studio.create()
    studio.cancel(cancelled)
    studio.account.advance(READY)
    assert studio.show(video).state == "SUCCEED"
    assert studio.list(asset_name="名 *~/+").count == 0
    asset_id = studio.show(video).output_asset_config.asset_id
    files = studio.client.show_asset(studio.sdk.ShowAssetRequest(asset_id=asset_id)).files
    (main,) = [file for file in files if file.asset_file_category == "MAIN"]
    # Through a URL that the endpoint issued with the client's host: that of the proxy.
    assert studio.account.http.get(main.download_url).headers["content-type"] == "video/mp4"


def _scripts(studio: Studio) -> None:
    sdk, client, body = studio.sdk, studio.client, studio.request().body
    settings = {
        "script_name": "Spring",
        "model_asset_id": body.model_asset_id,
        "voice_config": body.voice_config,
        "video_config": body.video_config,
        "shoot_scripts": body.shoot_scripts,
    }
    created = client.create_video_scripts(sdk.CreateVideoScriptsRequest(body=sdk.CreateVideoScriptsReq(**settings)))
    changes = sdk.UpdateVideoScriptsReq(script_name="Summer")
    client.update_video_script(sdk.UpdateVideoScriptRequest(script_id=created.script_id, body=changes))
    client.copy_video_scripts(sdk.CopyVideoScriptsRequest(script_id=created.script_id))
    assert client.list_video_scripts(sdk.ListVideoScriptsRequest(name="Summer")).count == 2
    subtitles = sdk.CreateSubtitleFileReq(script_id=created.script_id)
    job_id = client.create_subtitle_file(sdk.CreateSubtitleFileRequest(body=subtitles)).job_id
    studio.account.advance(READY)
    assert client.show_subtitle_file(sdk.ShowSubtitleFileRequest(job_id=job_id)).job_state == "GENERATED"
    assert client.show_video_script(sdk.ShowVideoScriptRequest(script_id=created.script_id)).script_name == "Summer"
    client.delete_video_script(sdk.DeleteVideoScriptRequest(script_id=created.script_id))


def _assets_and_files(studio: Studio) -> None:
    sdk, client = studio.sdk, studio.client
    assert client.list_assets(sdk.ListAssetsRequest(asset_type="HUMAN_MODEL_2D", asset_source="SYSTEM")).count
    studio.upload(OWN_PICTURE)
    tags = sdk.UpdateDigitalAssetRequestBody(asset_name="开场", tags=["NEWS"])
    client.update_digital_asset(sdk.UpdateDigitalAssetRequest(asset_id=OWN_PICTURE, body=tags))
    client.delete_asset(sdk.DeleteAssetRequest(asset_id=OWN_PICTURE))
    client.restore_asset(sdk.RestoreAssetRequest(asset_id=OWN_PICTURE))
    assert client.show_asset(sdk.ShowAssetRequest(asset_id=OWN_PICTURE)).asset_name == "开场"
