"""What people do with the pages, from the first click to what they came for."""

import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from bodydouble.testing import Account, Receiver, Server
from tests.support.browser import PATIENCE, Visit, Visiting
from tests.support.guiji import VIDEOS, Guiji
from tests.support.softsugar import SoftSugar

ROOT = "/_mock/dashboard/accounts"
CLICK_LIMIT = 10
TOKEN = "control-token-of-the-tests"
_PLAYING = "video => video.currentTime > 0.2 && !video.paused"
_COUNT_CLICKS = """
sessionStorage.clicks = sessionStorage.clicks || 0;
document.addEventListener("click", () => { sessionStorage.clicks++; }, true);
"""


def wait_until(page: Page, condition: Callable[[], bool]) -> bool:
    """Whether a condition becomes true; the browser's own way to wait would need the right to evaluate strings."""
    for _ in range(PATIENCE // 100):
        if condition():
            return True
        page.wait_for_timeout(100)
    return False


def test_a_first_visit_comes_to_a_playing_video_in_less_than_ten_clicks(visitor: Visit) -> None:
    visitor.context.add_init_script(_COUNT_CLICKS)
    page = visitor.open("/")
    page.get_by_role("link", name="team").first.click()
    page.get_by_role("link", name="Tasks").click()
    page.get_by_role("row").filter(has_text="guiji video").get_by_role("link", name="Welcome").click()
    video = page.locator("video").first
    # Its button to play is drawn by the browser, in the lower left corner.
    box = video.bounding_box()
    assert box is not None
    video.click(position={"x": 24, "y": box["height"] - 48})
    assert wait_until(page, lambda: bool(video.evaluate(_PLAYING)))
    assert 0 < int(page.evaluate("sessionStorage.clicks")) < CLICK_LIMIT


def test_from_nothing_to_a_playing_video_of_ones_own_in_less_than_ten_clicks(visitor: Visit) -> None:
    visitor.context.add_init_script(_COUNT_CLICKS)
    page = visitor.open("/")
    page.get_by_role("region", name="Vendors").get_by_role("link", name="guiji").click()
    page.get_by_role("link", name="createVideo").first.click()
    page.locator("#try summary").click()
    page.locator("#try").get_by_role("button", name="Send").click()
    page.get_by_role("link", name="Task ").click()
    page.get_by_role("button", name="Finish now").click()
    video = page.locator("video").first
    box = video.bounding_box()
    assert box is not None
    video.click(position={"x": 24, "y": box["height"] - 48})
    assert wait_until(page, lambda: bool(video.evaluate(_PLAYING)))
    assert 0 < int(page.evaluate("sessionStorage.clicks")) < CLICK_LIMIT


def test_a_callback_is_seen_arriving_without_reloading(
    visiting: Visiting, account: Account, receiver: Receiver
) -> None:
    account.settings("softsugar", callback_url=receiver.url)
    SoftSugar(account).add_task(14)
    watching, acting = visiting(), visiting()
    deliveries = watching.open(f"{ROOT}/{account.id}/deliveries")
    deliveries.evaluate("window.sameDocument = true")
    expect(deliveries.locator("#deliveries").get_by_text("pending").first).to_be_visible()
    clock = acting.open(f"{ROOT}/{account.id}")
    clock.get_by_role("button", name="Advance by 1 h").click()
    expect(clock.get_by_text("happened")).to_be_visible()
    expect(deliveries.locator("#deliveries").get_by_text("delivered").first).to_be_visible()
    assert len(receiver.wait_for(1)) == 1
    assert deliveries.evaluate("window.sameDocument") is True


def test_a_fault_that_a_form_plants_is_seen_striking(visitor: Visit, account: Account) -> None:
    page = visitor.open(f"{ROOT}/{account.id}/scenarios")
    for label, choice in [
        ("Vendor", "guiji"),
        ("Operation or callback", "listVideos"),
        ("What happens", "fault/gateway"),
    ]:
        with page.expect_navigation():
            page.get_by_label(label, exact=True).select_option(choice)
    page.get_by_label("status").select_option("503")
    page.get_by_label("For how many calls").fill("1")
    page.get_by_role("button", name="Plant it").click()
    expect(page.get_by_text("The scenario is planted.")).to_be_visible()
    client = Guiji(account)
    assert client.send("POST", VIDEOS, {"page": 1, "size": 10}).status == 503
    assert client.send("POST", VIDEOS, {"page": 1, "size": 10}).status == 200
    page.reload()
    expect(page.get_by_text("1 of 1", exact=True)).to_be_visible()
    page.get_by_role("link", name="Journal").click()
    page.get_by_role("row").filter(has_text="fault: gateway").get_by_role("link").click()
    expect(page.get_by_text("The fault gateway of scenario")).to_be_visible()


def test_the_reference_is_searched_for_a_chinese_word(visitor: Visit) -> None:
    page = visitor.open("/_mock/reference/")
    page.get_by_role("searchbox").first.fill("数字人视频合成")
    page.keyboard.press("Enter")
    expect(page.locator(".results li").first).to_contain_text("数字人视频合成")
    page.locator(".results a").first.click()
    expect(page.locator("main")).to_contain_text("数字人视频合成")


def press_until(page: Page, name: str, key: str = "Tab", most: int = 60) -> None:
    """Press a key until what has the focus is named so."""
    focused = "(document.activeElement.getAttribute('aria-label') || document.activeElement.innerText || '').trim()"
    for _ in range(most):
        page.keyboard.press(key)
        if page.evaluate(focused) == name:
            return
    raise AssertionError(f"{most} times {key} do not come to {name}")


def test_everything_works_with_the_keyboard_alone(visitor: Visit, account: Account) -> None:
    page = visitor.open("/_mock/")
    press_until(page, "Skip to the content", most=1)
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
    page = visitor.open("/_mock/")
    press_until(page, "Accounts")
    page.keyboard.press("Enter")
    page.wait_for_url("**/accounts")
    press_until(page, account.id, most=600)
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/{account.id}")
    press_until(page, "Run")
    page.keyboard.press("Enter")
    expect(page.get_by_text("The clock runs.")).to_be_visible()
    assert account.describe()["clock"]["mode"] == "running"


def test_a_reset_is_asked_twice(visitor: Visit, account: Account) -> None:
    visitor.allow("dialog: Remove all tasks")
    SoftSugar(account).add_task(14, name="To be removed")
    page = visitor.open(f"{ROOT}/{account.id}")
    page.get_by_role("button", name="Reset").click()
    expect(page.get_by_text("The account is as it was when it was made.")).to_be_visible()
    assert account.tasks(name="To be removed") == []


def test_an_open_page_says_that_its_account_is_deleted(visitor: Visit, server: Server) -> None:
    account = Account(server)
    page = visitor.open(f"{ROOT}/{account.id}")
    account.delete()
    expect(page.locator("#live-status")).to_contain_text(account.id)
    later: list[str] = []
    page.on("request", lambda request: later.append(request.url))
    page.wait_for_timeout(2500)
    assert later == []
    visitor.allow("status of 404")
    page.get_by_role("button", name="Freeze").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("accountNotFound")
    expect(page.locator("main")).to_contain_text(account.id)


@pytest.fixture
def guarded(tmp_path: Path) -> Iterator[Server]:
    """A server whose pages need the control token."""
    server = Server(tmp_path, "--control-token", TOKEN, token=TOKEN)
    yield server
    server.stop()


def test_an_open_page_goes_on_after_a_restart(visiting: Visiting, guarded: Server, tmp_path: Path) -> None:
    visitor = visiting(guarded.base_url)
    page = visitor.open("/")
    page.get_by_label("Control token").fill("a guess")
    visitor.allow("status of 401")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_contain_text("not the control token")
    assert visitor.accessibility() == []
    page.get_by_label("Control token").fill(TOKEN)
    page.get_by_role("button", name="Sign in").click()
    page.goto(f"{guarded.base_url}{ROOT}/default")
    visitor.allow("net::ERR_")
    guarded.kill()
    page.wait_for_timeout(2500)
    again = Server(tmp_path, "--control-token", TOKEN, token=TOKEN, port=guarded.port)
    try:
        Account.existing(again, "default").freeze()
        expect(page.locator("#clock").get_by_text("frozen")).to_be_visible()
        page.get_by_role("button", name="Run").first.or_(page.get_by_role("button", name="Freeze")).first.click()
        expect(page.locator("main .notice")).to_be_visible()
    finally:
        again.stop()
    assert guarded.process.returncode == -signal.SIGKILL
