"""The words of errors and successes, as the vendor has them in public."""

import pytest

from bodydouble.contracts.model.loader import load_contract
from bodydouble.mock_server.testing.account import Account
from tests.support.aliyun_avatar import APP, LICENSE, SWITCHED_ON, AliyunAvatar

pytestmark = pytest.mark.generated

# Code and words of the vendor's page of error codes, as far as they are more than a few words.
WORDS = {
    "systemError": ("10009999", "系统异常,请稍后重试"),
    "startFailed": ("10009008", "启动数字人失败,请稍后重试"),
    "parameterEmpty": ("10010001", "参数不能为空"),
    "sendFailed": ("10010032", "发送播报内容失败,请稍后再试"),
    "notStreamingInstance": ("10010033", "非在线流媒体业务支持的服务项目,请确认相关配置"),
    "orderExpired": ("10020001", "订单实例到期,暂不可用"),
    "orderReleased": ("10020005", "订单实例已释放,暂不可用"),
    "orderUnsubscribed": ("10020006", "订单实例已退订,暂不可用"),
}


@pytest.mark.parametrize(("name", "expected"), WORDS.items())
def test_an_error_has_the_whole_words_of_the_vendors_page(
    account: Account, name: str, expected: tuple[str, str]
) -> None:
    account.scenario("aliyun-avatar", "StartInstance", error=name)
    code, message = AliyunAvatar(account).rejection("StartInstance", App={"AppId": APP})
    assert (code, message.partition(": ")[0]) == expected


def test_an_application_without_streams_is_told_so_in_the_vendors_words(account: Account) -> None:
    code, message = AliyunAvatar(account).rejection("StartInstance", App={"AppId": "ALIPUB2D60C41987302"})
    assert (code, message.partition(": ")[0]) == WORDS["notStreamingInstance"]


@pytest.mark.parametrize(
    ("action", "parameters"),
    [
        ("QueryRunningInstance", {"App": {"AppId": APP}}),
        ("QueryTimedResetOperateStatus", {"InstanceId": SWITCHED_ON}),
        ("CloseTimedResetOperate", {"InstanceId": SWITCHED_ON}),
        ("LicenseAuth", {"AppId": APP, "License": LICENSE}),
        ("StartInstance", {"App": {"AppId": APP}}),
        ("QueryAvatarList", {"ModelType": "2d"}),
    ],
)
def test_a_success_has_the_words_of_the_vendors_examples(
    account: Account, action: str, parameters: dict[str, object]
) -> None:
    client = AliyunAvatar(account)
    assert client.content(action, client.of_tenant(parameters))["Message"] == "operation success."


def test_only_the_decision_says_success_in_one_word() -> None:
    contract = load_contract("aliyun-avatar")
    templates = {operation.id: operation.envelope for operation in contract.operations.values()}
    assert [name for name, template in templates.items() if template == "decision"] == ["DuplexDecision"]
