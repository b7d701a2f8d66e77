"""The vendors' real SDKs under hostile responses: which of them they handle, and what a caller must know.

docs/client-tests.md reports these findings. If a new version of an SDK behaves differently, a test fails.
"""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from bodydouble.client import ClientOptions, run
from bodydouble.contracts.client.response_faults import FAULTS
from bodydouble.contracts.model.loader import load_contract

pytestmark = pytest.mark.process

HEX = "0123456789abcdef0123456789abcdef"
# Both SDKs do much for each call: fewer responses than by default keep the tests short.
FEW: dict[str, Any] = {"examples": 6, "changes": 25}
# In addition to three responses of each error case.
FEWER: dict[str, Any] = {"examples": 3, "changes": 10}


class Avatars:
    """Calls of Alibaba Cloud's SDK."""

    def __init__(self) -> None:
        from alibabacloud_avatar20220130 import models
        from alibabacloud_avatar20220130.client import Client
        from alibabacloud_tea_openapi.models import Config
        from alibabacloud_tea_util.models import RuntimeOptions
        from Tea.exceptions import TeaException

        self.contract, self.error = load_contract("aliyun-avatar"), TeaException
        self._models, self._client, self._config = models, Client, Config
        self._once = RuntimeOptions(autoretry=False, max_attempts=1)

    def client(self, base_url: str) -> Any:
        endpoint = base_url.removeprefix("http://")
        return self._client(
            self._config(access_key_id="id", access_key_secret="secret", endpoint=endpoint, protocol="HTTP")
        )

    def task(self, base_url: str) -> Any:
        app = self._models.GetVideoTaskInfoRequestApp(app_id="app")
        request = self._models.GetVideoTaskInfoRequest(app=app, tenant_id=1, task_uuid="task")
        return self.client(base_url).get_video_task_info_with_options(request, self._once).body

    def avatar(self, base_url: str) -> Any:
        request = self._models.QueryAvatarRequest(code="avatar", tenant_id=1)
        return self.client(base_url).query_avatar_with_options(request, self._once).body

    def any(self, operation: str, base_url: str) -> Any:
        """Call an operation with the specification's examples of what it requires."""
        from tests.support.aliyun_avatar_sdk import method_of

        fields = {
            # Some objects are models of the SDK, others are left to the caller as text.
            parameter.name: json.dumps(parameter.example)
            if parameter.holds_json and not hasattr(self._models, f"{operation}Request{parameter.name}")
            else parameter.example
            for parameter in self.contract.operations[operation].parameters
            if parameter.required and parameter.location == "query"
        }
        request = getattr(self._models, f"{operation}Request")().from_map(fields)
        return getattr(self.client(base_url), method_of(operation))(request).body


@pytest.fixture(scope="module")
def avatars() -> Avatars:
    return Avatars()


# An operation of each shape: a list, deep records, text that is left to the caller, no data, another type of Success.
@pytest.mark.parametrize(
    "operation", ["QueryAvatarList", "StartInstance", "SubmitAvatarVideoTask", "DeleteAvatar", "DuplexDecision"]
)
def test_alibabas_sdk_handles_responses_of_every_shape(avatars: Avatars, operation: str) -> None:
    def call(base_url: str) -> None:
        avatars.any(operation, base_url).to_map()

    report = run(avatars.contract, operation, call, ClientOptions(allowed=(avatars.error,), **FEWER))
    assert report.passed, report


@pytest.mark.parametrize(("operation", "method"), [("GetVideoTaskInfo", "task"), ("QueryAvatar", "avatar")])
def test_alibabas_sdk_handles_every_response_and_sends_valid_requests(
    avatars: Avatars, operation: str, method: str
) -> None:
    def call(base_url: str) -> None:
        getattr(avatars, method)(base_url).to_map()

    report = run(avatars.contract, operation, call, ClientOptions(allowed=(avatars.error,), **FEW))
    assert report.passed, report


def test_alibabas_sdk_returns_an_error_inside_http_200_as_a_result(avatars: Avatars) -> None:
    def call(base_url: str) -> None:
        assert avatars.task(base_url).success, "an error was returned"

    report = run(avatars.contract, "GetVideoTaskInfo", call, ClientOptions(allowed=(avatars.error,), **FEW))
    assert [failure.error.splitlines()[0] for failure in report.failures] == ["AssertionError: an error was returned"]
    assert report.failures[0].response.status == 200
    assert json.loads(report.failures[0].response.body)["Success"] is False


def test_alibabas_sdk_does_not_repeat_a_create(avatars: Avatars) -> None:
    def call(base_url: str) -> None:
        avatars.any("SubmitAvatarVideoTask", base_url).to_map()

    options = ClientOptions(allowed=(avatars.error,), **FEWER)
    report = run(avatars.contract, "SubmitAvatarVideoTask", call, options)
    assert report.passed, report
    assert report.responses["under faults"] == len(FAULTS)


class Studio:
    """Calls of Huawei Cloud's SDK."""

    def __init__(self) -> None:
        import huaweicloudsdkmetastudio.v1 as sdk
        from huaweicloudsdkcore.auth.credentials import BasicCredentials
        from huaweicloudsdkcore.exceptions.exceptions import SdkException
        from huaweicloudsdkcore.http.http_config import HttpConfig

        self.contract, self.error = load_contract("huawei-metastudio"), SdkException
        self.sdk, self._config, self._credentials = sdk, HttpConfig, BasicCredentials("key", "secret", HEX)

    def client(self, base_url: str) -> Any:
        config = self._config.get_default_config()
        config.timeout = (5, 20)
        builder = self.sdk.MetaStudioClient.new_builder().with_http_config(config)
        return builder.with_credentials(self._credentials).with_endpoint(base_url).build()

    def video(self, base_url: str) -> Any:
        request = self.sdk.Show2DDigitalHumanVideoRequest(job_id=HEX)
        return self.client(base_url).show2_d_digital_human_video(request)

    def asset(self, base_url: str) -> Any:
        return self.client(base_url).show_asset(self.sdk.ShowAssetRequest(asset_id=HEX))

    def any(self, operation: str, base_url: str) -> Any:
        """Call an operation with the specification's examples of what it requires."""
        contract = self.contract.operations[operation]
        arguments = {
            parameter.name: parameter.example
            for parameter in contract.parameters
            if parameter.required and parameter.location in ("path", "query") and parameter.name != "project_id"
        }
        if contract.request_body is not None:
            arguments["body"] = contract.request_body.examples[0]
        client = self.client(base_url)
        plain = operation.lower()
        method = next(name for name in dir(client) if name.replace("_", "") == plain)
        return getattr(client, method)(getattr(self.sdk, f"{operation}Request")(**arguments))


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Studio]:
    """The SDK. Importing it writes an id into the home directory."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HOME", str(tmp_path_factory.mktemp("home")))
        yield Studio()


@pytest.mark.parametrize("operation", ["Create2DDigitalHumanVideo", "ListAssets", "ShowVideoScript", "DeleteAsset"])
def test_huaweis_sdk_handles_responses_of_every_shape(studio: Studio, operation: str) -> None:
    def call(base_url: str) -> None:
        result = studio.any(operation, base_url)
        result.to_json_object()
        assert result.status_code == 200

    report = run(studio.contract, operation, call, ClientOptions(allowed=(studio.error,), **FEWER))
    assert report.passed, report


@pytest.mark.parametrize(("operation", "method"), [("Show2DDigitalHumanVideo", "video"), ("ShowAsset", "asset")])
def test_huaweis_sdk_handles_every_response_and_sends_valid_requests(
    studio: Studio, operation: str, method: str
) -> None:
    def call(base_url: str) -> None:
        result = getattr(studio, method)(base_url)
        assert result.to_json_object() is not None
        assert str(result)

    report = run(studio.contract, operation, call, ClientOptions(allowed=(studio.error,), **FEW))
    assert report.passed, report


def test_huaweis_sdk_takes_a_body_that_is_cut_off_for_a_success_without_content(studio: Studio) -> None:
    report = run(
        studio.contract, "Show2DDigitalHumanVideo", studio.video, ClientOptions(allowed=(studio.error,), **FEWER)
    )
    assert [failure.error.partition(":")[0] for failure in report.failures] == ["IncompleteSuccessError"]
    assert report.failures[0].faults == ("truncated sent", "malformedJson")


def test_huaweis_sdk_does_not_repeat_a_create(studio: Studio) -> None:
    def call(base_url: str) -> None:
        studio.any("Create2DDigitalHumanVideo", base_url).to_json_object()

    options = ClientOptions(allowed=(studio.error,), **FEWER)
    report = run(studio.contract, "Create2DDigitalHumanVideo", call, options)
    assert report.passed, report
    assert report.responses["under faults"] == len(FAULTS)


def test_huaweis_sdk_shows_the_whole_body_for_an_error_without_message(studio: Studio) -> None:
    def message(base_url: str) -> str:
        try:
            studio.video(base_url)
        except studio.error as error:
            return str(error.error_msg)
        return ""

    def call(base_url: str) -> None:
        assert not message(base_url).startswith("{"), "the body stands in for the message"

    report = run(studio.contract, "Show2DDigitalHumanVideo", call, ClientOptions(**FEW))
    assert [failure.error.splitlines()[0] for failure in report.failures] == [
        "AssertionError: the body stands in for the message"
    ]
    assert json.loads(report.failures[0].response.body)["error_msg"] == ""
