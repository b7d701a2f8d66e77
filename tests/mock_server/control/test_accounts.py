"""Accounts in the control plane: create, show, change, reset and delete them; they are isolated from each other."""

import re
from typing import Any

import pytest

from bodydouble.mock_server.testing.account import Account
from bodydouble.mock_server.testing.receiver import Receiver
from bodydouble.mock_server.testing.server import Server
from tests.support.guiji import Guiji
from tests.support.in_process import InProcessServer
from tests.support.times import SAMPLE_TIME


def problem(response: Any, status: int, error: str) -> str:
    """Require the response to be an error of the control plane; its message."""
    assert (response.status, response.headers["content-type"]) == (status, "application/json"), response.body
    assert response.json.keys() == {"error", "message"}
    assert response.json["error"] == error
    return str(response.json["message"])


def without_offset(account: dict[str, Any]) -> dict[str, Any]:
    """The account without its clock's offset from real time, which grows while the clock is frozen."""
    del account["clock"]["offset"]
    return account


def test_health_says_what_is_served(server: Server) -> None:
    health = server.http.get("/_mock/health").json
    assert health["status"] == "ready"
    assert "guiji" in health["vendors"]
    assert health["operations"] >= 18
    assert health["callbacks"] >= 4
    assert health["pace"] == 60


def test_whole_numbers_may_have_a_fraction_of_zero(server: Server) -> None:
    response = server.http.post("/_mock/accounts", {"seed": 7.0, "frozen_at": float(SAMPLE_TIME)})
    assert response.status == 201
    assert '"seed":7,' in response.body.decode()
    assert response.json["clock"]["now"] == SAMPLE_TIME


def test_a_new_account_has_everything_that_a_client_needs(server: Server) -> None:
    response = server.http.post("/_mock/accounts", {"seed": 7, "frozen_at": SAMPLE_TIME, "pace": 2.5})
    assert response.status == 201
    account = response.json
    assert (account["seed"], account["pace"]) == (7, 2.5)
    assert account["clock"]["mode"] == "frozen"
    assert (account["clock"]["now"], account["clock"]["now_text"]) == (SAMPLE_TIME, "2025-03-10T02:11:45Z")
    vendor = account["vendors"]["guiji"]
    assert vendor["base_url"] == server.base_url
    assert set(vendor["credentials"]) == {"app_id", "secret"}
    assert vendor["quotas"]["ttsWordsAmount"] == {"remaining": 1_000_000, "total": 1_000_000}
    shown = server.http.get(f"/_mock/accounts/{account['id']}").json
    assert without_offset(shown) == without_offset(account)


@pytest.mark.parametrize("body", [None, b"", b"{}"])
def test_an_account_can_be_created_without_any_options(server: Server, body: bytes | None) -> None:
    headers = {"Content-Type": "application/json"} if body else {}
    first, second = (server.http.post("/_mock/accounts", body=body, headers=headers).json for _ in range(2))
    assert first["id"] != second["id"]
    assert first["seed"] != second["seed"]
    assert first["vendors"]["guiji"]["credentials"] != second["vendors"]["guiji"]["credentials"]
    assert (first["clock"]["mode"], first["clock"]["offset"]) == ("running", 0)


def test_the_list_of_accounts_is_sorted_and_includes_the_default_account(server: Server) -> None:
    Account(server)
    listed = server.http.get("/_mock/accounts").json["accounts"]
    assert listed == sorted(listed)
    assert "default" in listed


def test_an_id_can_be_chosen_but_only_once(server: Server) -> None:
    Account(server, id="chosen-by-me")
    response = server.http.post("/_mock/accounts", {"id": "chosen-by-me"})
    assert "chosen-by-me" in problem(response, 409, "accountExists")


@pytest.mark.generated
@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"id": ""}, "/id"),
        ({"id": "two words"}, "/id"),
        ({"id": "../etc"}, "/id"),
        ({"id": "x" * 65}, "/id"),
        ({"id": "anonymous"}, "/id"),
        ({"id": "catalogue"}, "/id"),
        ({"id": "uploads"}, "/id"),
        ({"seed": -1}, "/seed"),
        ({"seed": 2**53}, "/seed"),
        ({"seed": "7"}, "/seed"),
        ({"frozen_at": -1}, "/frozen_at"),
        ({"pace": 0}, "/pace"),
        ({"pace": "fast"}, "/pace"),
        ({"settings": []}, "/settings"),
        ({"settings": {"nobody": {}}}, "/settings/nobody"),
        ({"settings": {"guiji": {"colour": "red"}}}, "/settings/guiji/colour"),
        ({"settings": {"aliyun-avatar": {"concurrency": True}}}, "/settings/aliyun-avatar/concurrency"),
        ({"settings": {"aliyun-avatar": {"concurrency": -1}}}, "/settings/aliyun-avatar/concurrency"),
        ({"settings": {"aliyun-avatar": {"callback_url": "http://192.0.2.1"}}}, "/settings/aliyun-avatar/callback_url"),
        ({"settings": {"softsugar": {"callback_url": "http://192.0.2.1/"}}}, "/settings/softsugar/callback_url"),
        ({"settings": {"guiji": 5}}, "/settings/guiji"),
    ],
)
def test_an_invalid_option_is_rejected_by_its_name(server: Server, changed: dict[str, Any], field: str) -> None:
    case = "settingUnusable" if field.count("/") > 1 and field != "/settings/guiji" else "invalidRequest"
    message = problem(server.http.post("/_mock/accounts", changed), 400, case)
    assert f"{field}: " in message


@pytest.mark.parametrize(
    ("body", "headers", "status", "error"),
    [
        (b"{", {"Content-Type": "application/json"}, 400, "invalidRequest"),
        (b"[]", {"Content-Type": "application/json"}, 400, "invalidRequest"),
        (b"{}", {"Content-Type": "text/plain"}, 415, "unsupportedMediaType"),
        (b" " * 3_000_000, {"Content-Type": "application/json"}, 413, "bodyTooLarge"),
    ],
    ids=["no JSON", "array", "text", "large"],
)
def test_an_invalid_body_is_rejected(
    server: Server, body: bytes, headers: dict[str, str], status: int, error: str
) -> None:
    problem(server.http.post("/_mock/accounts", body=body, headers=headers), status, error)


ACCOUNT_REQUESTS = [
    ("GET", "", ...),
    ("PATCH", "", {"pace": 1}),
    ("DELETE", "", ...),
    ("POST", "/reset", ...),
    ("PUT", "/quotas/guiji/ttsWordsAmount", {"total": 1}),
    ("GET", "/clock", ...),
    ("POST", "/clock/freeze", ...),
    ("POST", "/clock/run", ...),
    ("POST", "/clock/advance", {"seconds": 1}),
    ("POST", "/clock/advance_to", {"time": 4_102_444_800_000}),
    ("GET", "/tasks", ...),
    ("GET", "/tasks/1", ...),
    *(("POST", f"/tasks/1/{verb}", ...) for verb in ("hold", "release", "step", "finish", "fail")),
    ("GET", "/scenarios", ...),
    ("POST", "/scenarios", {"vendor": "guiji", "operation": "createVideo", "outcome": "failed"}),
    ("DELETE", "/scenarios", ...),
    ("DELETE", "/scenarios/1", ...),
    ("GET", "/deliveries", ...),
    ("GET", "/deliveries/1", ...),
    ("POST", "/deliveries/1/resend", ...),
    ("GET", "/journal", ...),
]


@pytest.mark.generated
@pytest.mark.parametrize(("method", "path", "body"), ACCOUNT_REQUESTS, ids=lambda value: str(value)[:30])
def test_an_unknown_account_is_not_found(server: Server, method: str, path: str, body: Any) -> None:
    response = server.http.request(method, f"/_mock/accounts/nobody{path}", json_body=body)
    assert "nobody" in problem(response, 404, "accountNotFound")


@pytest.mark.parametrize("account_id", ["a%20b", "%FF", "x" * 101, "a@b"])
def test_an_invalid_account_id_is_a_bad_request(server: Server, account_id: str) -> None:
    message = problem(server.http.get(f"/_mock/accounts/{account_id}"), 400, "invalidRequest")
    assert "path parameter accountId: " in message


@pytest.mark.parametrize("path", ["/_mock", "/_mock/", "/_mock/nothing", "/_mock/accounts/", "/nothing", "/"])
def test_an_unknown_path_is_not_found(server: Server, path: str) -> None:
    assert server.http.get(path).status == 404


def test_a_wrong_method_is_rejected_with_the_allowed_methods(server: Server) -> None:
    response = server.http.request("PUT", "/_mock/accounts")
    assert "GET, POST" in problem(response, 405, "wrongMethod")
    assert response.headers["allow"] == "GET, POST"


def test_a_changed_pace_applies_to_tasks_created_afterwards(account: Account) -> None:
    guiji = Guiji(account)
    before = guiji.speak()
    response = account.control("PATCH", "", {"pace": 600})
    assert (response.status, response.json["pace"]) == (200, 600)
    after = guiji.speak()
    account.advance(0.1)
    assert (guiji.audio(before)["status"], guiji.audio(after)["status"]) == (0, 2)


@pytest.mark.parametrize(
    ("body", "case"),
    [
        ({}, "invalidRequest"),
        ({"pace": -1}, "invalidRequest"),
        ({"settings": {"guiji": {"colour": 1}}}, "settingUnusable"),
        ({"settings": {"x": {}}}, "settingUnusable"),
        ({"pace": 5, "settings": {"x": {}}}, "settingUnusable"),
    ],
)
def test_an_invalid_change_is_rejected_and_changes_nothing(account: Account, body: dict[str, Any], case: str) -> None:
    before = without_offset(account.describe())
    problem(account.control("PATCH", "", body), 400, case)
    assert without_offset(account.describe()) == before


def test_the_total_of_a_quota_can_be_set_and_its_usage_is_preserved(account: Account) -> None:
    guiji = Guiji(account)
    guiji.speak("Ten chars.")
    response = account.control("PUT", "/quotas/guiji/ttsWordsAmount", {"total": 30})
    assert response.json["vendors"]["guiji"]["quotas"]["ttsWordsAmount"] == {"remaining": 20, "total": 30}
    assert guiji.benefits()["ttsWordsAmount"] == 20


@pytest.mark.parametrize("path", ["/quotas/guiji/nothing", "/quotas/nobody/ttsWordsAmount"])
def test_an_unknown_quota_is_not_found(account: Account, path: str) -> None:
    problem(account.control("PUT", path, {"total": 1}), 404, "quotaNotFound")


@pytest.mark.parametrize("total", [-1, 1.5, "1", None, 2**53])
def test_an_invalid_total_is_rejected(account: Account, total: Any) -> None:
    response = account.control("PUT", "/quotas/guiji/ttsWordsAmount", {"total": total})
    assert "/total: " in problem(response, 400, "invalidRequest")


def test_a_reset_account_is_in_its_initial_state(account: Account, receiver: Receiver) -> None:
    guiji = Guiji(account)
    first_token, first_audio = guiji.token, guiji.speak(callbackUrl=receiver.url)
    account.scenario("guiji", "createVideo", outcome="failed")
    account.control("PATCH", "", {"pace": 100})
    account.advance(10)

    response = account.control("POST", "/reset")

    assert response.status == 200
    description = response.json
    assert description["clock"]["mode"] == "running"
    assert description["vendors"]["guiji"]["quotas"]["ttsWordsAmount"]["remaining"] == 1_000_000
    unchanged = {name: description[name] for name in ("id", "seed", "settings")}
    assert unchanged == {name: account.description[name] for name in unchanged}
    assert description["pace"] == 100
    assert description["vendors"]["guiji"]["credentials"] == account.credentials("guiji")
    assert (account.tasks(vendor="guiji"), account.deliveries()) == ([], [])
    assert account.control("GET", "/scenarios").json == {"scenarios": []}
    assert [entry["operation"] for entry in account.journal()] == []
    assert guiji.send("GET", "/openapi/user/v2/get").json["code"] == "40002", "its token is gone"
    again = Guiji(account)
    assert again.speak() == first_audio, "the same calls give the same ids"
    assert again.token != first_token, "but no token from before the reset is valid again"
    assert guiji.send("GET", "/openapi/user/v2/get").json["code"] == "40002"


def test_a_deleted_account_is_gone_with_all_its_data(account: Account) -> None:
    guiji = Guiji(account)
    guiji.speak()
    assert account.control("DELETE", "").status == 204
    problem(account.control("GET", ""), 404, "accountNotFound")
    assert guiji.send("GET", "/openapi/user/v2/get").json["code"] == "40002"
    assert guiji.sign_in().json["code"] == "40002"
    problem(account.control("DELETE", ""), 404, "accountNotFound")


def test_the_default_account_is_recreated_when_it_is_deleted(tmp_path: Any) -> None:
    running = InProcessServer(tmp_path)
    before = running.http.get("/_mock/accounts/default").json
    guiji_path = "/_mock/accounts/default"
    running.http.put(f"{guiji_path}/quotas/guiji/ttsWordsAmount", {"total": 3})
    assert running.http.delete(guiji_path).status == 204
    after = running.http.get(guiji_path).json
    running.close()
    assert after["vendors"] == before["vendors"]


def test_accounts_are_isolated_from_each_other(account: Account, receiver: Receiver) -> None:
    other = Account(account.server)
    guiji = Guiji(account)
    audio = guiji.speak(callbackUrl=receiver.url)
    row, delivery = account.task(audio)["id"], account.deliveries()[0]["id"]
    scenario = account.scenario("guiji", "createVideo", outcome="failed")["id"]
    assert (other.tasks(vendor="guiji"), other.deliveries(), other.journal()) == ([], [], [])
    problem(other.control("GET", f"/tasks/{row}"), 404, "taskNotFound")
    problem(other.control("POST", f"/tasks/{row}/finish"), 404, "taskNotFound")
    problem(other.control("GET", f"/deliveries/{delivery}"), 404, "deliveryNotFound")
    problem(other.control("POST", f"/deliveries/{delivery}/resend"), 404, "deliveryNotFound")
    problem(other.control("DELETE", f"/scenarios/{scenario}"), 404, "scenarioNotFound")
    other.control("DELETE", "/scenarios")
    assert len(account.control("GET", "/scenarios").json["scenarios"]) == 1
    other.advance(1000)
    assert guiji.audio(audio)["status"] == 0
    assert re.fullmatch(r"account-[0-9a-f]{16}", other.id)
