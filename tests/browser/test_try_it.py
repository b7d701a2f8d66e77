"""Try it, in a browser: a form that is filled already, and what came back, accessible in both schemes."""

import pytest

from bodydouble.testing import Account
from tests.support.browser import Visit


@pytest.mark.parametrize(
    ("operation", "words"),
    [
        ("guiji/operations/createVideo", '"videoId"'),
        ("huawei-metastudio/operations/ListAssets", '"assets"'),
        ("aliyun-avatar/operations/StartInstance", '"SessionId"'),
    ],
)
def test_an_example_is_sent_and_its_response_is_shown(
    visitor: Visit, account: Account, operation: str, words: str
) -> None:
    page = visitor.open(f"/_mock/reference/{operation}/?account={account.id}")
    page.locator("#try summary").click()
    assert visitor.accessibility() == []
    page.locator("#try").get_by_role("button", name="Send").click()
    page.get_by_role("heading", name="Once more").wait_for()
    assert words in page.locator("pre[aria-label=Response]").inner_text()
    assert visitor.accessibility() == []
    page.set_viewport_size({"width": 360, "height": 900})
    page.emulate_media(color_scheme="dark")
    assert visitor.width_beyond() == 0
    assert visitor.accessibility() == []
    page.get_by_role("link", name="Entry").click()
    page.locator("#bash-line").wait_for()
