"""Tasks whose callbacks are signed, and the correct receiver of them."""

from collections.abc import Callable

from flask import Flask

from bodydouble.mock_server.testing.account import Account
from examples import receiver_correct
from tests.support.aliyun_avatar import AliyunAvatar
from tests.support.huawei_metastudio import MetaStudio
from tests.support.softsugar import SoftSugar

KEY = "example-callback-key"
Create = Callable[[Account, str], None]


def softsugar(account: Account, url: str) -> None:
    account.settings("softsugar", auth_key=KEY, callback_url=url)
    SoftSugar(account).add_task(14)


def aliyun_avatar(account: Account, url: str) -> None:
    account.settings("aliyun-avatar", auth_key=KEY, callback_url=url)
    # The validation of the URL and the start of the task would be due at once, in either order.
    account.advance(0)
    AliyunAvatar(account).submit(Callback="True")


def huawei_metastudio(account: Account, url: str) -> None:
    MetaStudio(account).create(callback_config={"callback_url": url, "auth_type": "MSS_A", "key": KEY})


CREATE: dict[str, Create] = {
    "softsugar": softsugar,
    "aliyun-avatar": aliyun_avatar,
    "huawei-metastudio": huawei_metastudio,
}


def correct_app(account: Account) -> Flask:
    """The example of a correct receiver, which checks with the real clock."""
    tenant = account.credentials("aliyun-avatar")["tenant_id"]
    return receiver_correct.create_app({"authKey": KEY, "key": KEY, "tenantId": tenant})
