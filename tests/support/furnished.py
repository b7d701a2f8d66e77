"""An account with something of everything that the pages show, and the pages that show it."""

import re
from urllib.parse import quote

from bodydouble.testing import Account
from tests.support.guiji import Guiji
from tests.support.softsugar import SoftSugar

ROOT = "/_mock/dashboard/accounts"
REFERENCE = "/_mock/reference"
# Nothing listens there.
NOWHERE = "http://127.0.0.1:9/callback"


def furnish(account: Account, text: str = "Spring film", callback_url: str = NOWHERE) -> dict[str, str]:
    """Let clients use an account.

    Args:
        text: stands in every field that a client chooses; ASCII without spaces fits everywhere.
        callback_url: of the receiver; `text` follows it.

    Returns:
        Paths by the name of the page.
    """
    marked = text.encode("ascii", "ignore").decode().replace(" ", "-")
    film = _traffic(account, text, marked, f"{callback_url}?{marked}")
    account.advance(3600)
    _plant(account, text, re.escape(marked)[:500] or "none")
    return _pages(account, film)


def _traffic(account: Account, text: str, marked: str, callback_url: str) -> int:
    account.settings("softsugar", callback_url=callback_url)
    film = SoftSugar(account).add_task(14, name=text, videoDuration=8000)
    client = Guiji(account)
    client.synthesise(videoName=text, text=text, callbackUrl=callback_url)
    broken = {"sceneId": text, "text": 5, "speakerId": [text], text: text}
    headers = {"User-Agent": marked, "X-Marked": marked}
    client.send("POST", "/openapi/video/v3/simpleCreate", broken, headers=headers, query={text: text})
    account.http.get(f"/{quote(text)}", headers=headers)
    return film


def _plant(account: Account, text: str, pattern: str) -> None:
    options = {"fault": {"kind": "gateway", "status": 503}, "task_name": text, "pattern": pattern, "reason": text}
    account.scenario("guiji", "createVideo", **options)


def _pages(account: Account, film: int) -> dict[str, str]:
    here = f"{ROOT}/{account.id}"
    entries = account.journal(violations=True)
    task = account.task(film)["id"]
    delivery = account.deliveries(vendor="softsugar")[-1]["id"]
    nobody = account.http.get("/_mock/accounts/anonymous/journal", query={"limit": 1}).json["entries"][-1]["id"]
    return {
        "overview": "/_mock/",
        "accounts": ROOT,
        "account": here,
        "deletion": f"{here}/delete",
        "tasks": f"{here}/tasks",
        "no tasks": f"{here}/tasks?name=nothing+of+this+name",
        "task": f"{here}/tasks/{task}",
        "deliveries": f"{here}/deliveries",
        "delivery": f"{here}/deliveries/{delivery}",
        "journal": f"{here}/journal",
        "journal entry": f"{here}/journal/{entries[-1]['id']}",
        "journal of nobody": f"{ROOT}/anonymous/journal",
        "request of nobody": f"{ROOT}/anonymous/journal/{nobody}",
        "scenarios": f"{here}/scenarios?vendor=guiji&operation=createVideo&effect=fault%2Fgateway",
        "missing": f"{here}/nothing",
    }


REFERENCE_PAGES = {
    "vendors": f"{REFERENCE}/",
    "vendor": f"{REFERENCE}/huawei-metastudio/",
    "control plane": f"{REFERENCE}/control/",
    "operation": f"{REFERENCE}/guiji/operations/createVideo/",
    "callback": f"{REFERENCE}/softsugar/callbacks/taskCompleted/",
    "lifecycle": f"{REFERENCE}/guiji/lifecycles/video/",
    "errors": f"{REFERENCE}/softsugar/errors/",
    "schemas": f"{REFERENCE}/guiji/schemas/",
    "schema": f"{REFERENCE}/huawei-metastudio/schemas/Error/",
    "contradictions": f"{REFERENCE}/guiji/contradictions/",
    "laws": f"{REFERENCE}/aliyun-avatar/laws/",
    "sources": f"{REFERENCE}/sources/",
    "search": f"{REFERENCE}/search/?q=video",
    "guides": "/_mock/guide/",
    "guide": "/_mock/guide/faults/",
}
