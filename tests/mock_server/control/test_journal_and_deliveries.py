"""The journal and the deliveries in the control plane: their content, their filters, and no secrets in them."""

import json
from typing import Any

import pytest

from bodydouble.mock_server.testing.account import Account
from bodydouble.mock_server.testing.receiver import Receiver, respond
from tests.support.guiji import ACKNOWLEDGEMENT, AVATAR_CONSENT, Guiji
from tests.support.in_process import LoggingServer

LIST = "/openapi/video/v2/pageList"
SPEAK = "/openapi/speaker/v3/fastTts"


def anonymous(account: Account, **query: Any) -> list[dict[str, Any]]:
    response = account.http.get("/_mock/accounts/anonymous/journal", query=query)
    assert response.status == 200
    entries: list[dict[str, Any]] = response.json["entries"]
    return entries


def test_an_entry_has_the_whole_exchange_and_its_effects(guiji: Guiji) -> None:
    guiji.account.advance(60)
    audio = guiji.speak("Hello there.")
    (entry,) = guiji.account.journal(operation="createAudio")
    assert entry["account_id"] == guiji.account.id
    assert (entry["vendor"], entry["method"], entry["path"]) == ("guiji", "POST", SPEAK)
    assert json.loads(entry["request_body"]) == {"speakerId": "C_101", "content": "Hello there."}
    assert entry["request_headers"]["content-type"] == "application/json"
    assert (entry["status"], entry["error"], entry["violations"]) == (200, None, [])
    assert json.loads(entry["response_body"])["data"]["id"] == audio
    assert entry["task_id"] == guiji.account.task(audio)["id"]
    assert entry["conforms"] is True
    assert entry["at"] == guiji.account.now(), "the account's time"
    assert entry["real"] != entry["at"]
    assert 0 < entry["duration"] < 60_000


def test_entries_are_in_order_and_can_be_read_from_a_given_entry(guiji: Guiji) -> None:
    for number in range(5):
        guiji.page(LIST, page=number + 1)
    entries = guiji.account.journal(operation="listVideos")
    assert [json.loads(entry["request_body"])["page"] for entry in entries] == [1, 2, 3, 4, 5]
    assert [entry["id"] for entry in entries] == sorted(entry["id"] for entry in entries)
    assert guiji.account.journal(after=entries[2]["id"]) == entries[3:]
    assert guiji.account.journal(operation="listVideos", limit=2) == entries[3:]


def test_entries_can_be_filtered(guiji: Guiji) -> None:
    account = guiji.account
    audio, video = guiji.speak(), guiji.synthesise()
    guiji.send("POST", SPEAK, {"speakerId": "nobody", "content": "Hello."})
    guiji.send("POST", LIST, {"page": 0, "size": 10})
    guiji.send("POST", LIST, body=b"{", headers={"Content-Type": "text/plain"})

    def operations(**query: Any) -> list[str]:
        return [entry["operation"] for entry in account.journal(**query)]

    assert operations() == ["getAccessToken", "createAudio", "createVideo", "createAudio", "listVideos", "listVideos"]
    assert operations(vendor="guiji") == operations()
    assert operations(vendor="nobody") == []
    assert operations(operation="createVideo") == ["createVideo"]
    assert operations(status=415) == ["listVideos"]
    assert operations(error="resourceNotFound") == ["createAudio"]
    assert operations(error="parameterInvalid") == ["listVideos"]
    assert operations(violations="true") == ["listVideos", "listVideos"]
    assert operations(violations="false") == ["getAccessToken", "createAudio", "createVideo", "createAudio"]
    assert operations(conforms="false") == []
    assert operations(task=account.task(audio)["id"]) == ["createAudio"]
    assert operations(task=account.task(video)["id"]) == ["createVideo"]
    assert operations(operation="createAudio", error="resourceNotFound") == ["createAudio"]


def test_a_violation_is_recorded_with_its_location(guiji: Guiji) -> None:
    guiji.send("POST", LIST, {"page": 0})
    (entry,) = guiji.account.journal(operation="listVideos")
    assert entry["error"] in ("parameterInvalid", "parameterMissing")
    violations = {
        (violation["part"], violation["pointer"], violation["rule"], violation["field"])
        for violation in entry["violations"]
    }
    assert violations == {("body", "/page", "minimum", "/page"), ("body", "/size", "required", "/size")}
    assert all(
        violation["message"] in json.loads(entry["response_body"])["message"] for violation in entry["violations"]
    )


@pytest.mark.parametrize(
    "query", [{"status": 99}, {"limit": 0}, {"limit": 1001}, {"violations": "maybe"}, {"after": -1}, {"task": "x"}]
)
def test_an_invalid_filter_is_rejected(account: Account, query: dict[str, Any]) -> None:
    response = account.control("GET", "/journal", query=query)
    assert (response.status, response.json["error"]) == (400, "invalidRequest")
    assert f"query parameter {next(iter(query))}: " in response.json["message"]


def test_requests_without_an_account_are_in_the_anonymous_journal(guiji: Guiji) -> None:
    path = f"/openapi/not/{guiji.account.id}"
    guiji.send("GET", path)
    guiji.account.http.post(f"{LIST}?trace={guiji.account.id}", {"page": 1, "size": 1})
    rejected = [
        entry
        for entry in anonymous(guiji.account, vendor="guiji", limit=1000)
        if guiji.account.id in entry["path"] + entry["query"]
    ]
    assert [(entry["operation"], entry["status"], entry["error"]) for entry in rejected] == [
        (None, 404, "unknownPath"),
        ("listVideos", 200, "accessTokenInvalid"),
    ]
    assert {entry["account_id"] for entry in rejected} == {None}


def test_a_reset_account_has_an_empty_journal(guiji: Guiji) -> None:
    assert guiji.account.journal()
    guiji.account.control("POST", "/reset")
    assert guiji.account.journal() == []


def test_the_journal_contains_no_secrets_and_no_personal_data(
    server: LoggingServer, guiji: Guiji, receiver: Receiver
) -> None:
    account = guiji.account
    receiver.behaviour = respond(200, ACKNOWLEDGEMENT)
    secret = account.credentials("guiji")["secret"]
    name = "Zbigniew Quellenhof"
    consent = AVATAR_CONSENT.replace("Ann Example", name)
    private = "https://media.example.com/zbigniew-private.mp4"
    guiji.train(authorizeText=consent, authorizeUrl=private, callbackUrl=receiver.url)
    guiji.train(authorizeText=f'He says "{name}", \\ and more', authorizeUrl=private)
    guiji.send("POST", "/openapi/video/v3/create/training", {"authorizeText": [name], "authorizeUrl": f"x {private}"})
    guiji.send(
        "POST",
        "/openapi/video/v3/create/training",
        body=f'{{"authorizeText": "{name}'.encode(),
        headers={"Content-Type": "application/json", "Authorization": f"Bearer {guiji.token}"},
    )
    guiji.send("POST", LIST, {"page": name, "size": 1, "authorizeText": name})
    account.http.post(f"{LIST}?access%5Ftoken={guiji.token}", {"page": 1, "size": 1})
    guiji.sign_in(sign="Z" * 32)
    account.http.get(f"/openapi/unknown?ACCESS_TOKEN={guiji.token}&sign=tell-no-one")
    account.advance(10)
    recorded = json.dumps([account.journal(limit=1000), anonymous(account, limit=1000), account.deliveries()])
    log = server.log
    for hidden in (secret, guiji.token, "zbigniew-private", "Z" * 32, "tell-no-one"):
        assert hidden not in recorded
        assert hidden not in log
    shown = [entry for entry in account.journal(limit=1000) if name in json.dumps(entry)]
    assert [entry["operation"] for entry in shown] == ["listVideos"], "a name in a field that is not for names"
    assert "[redacted]" in recorded


def test_deliveries_are_listed_by_due_time_and_can_be_filtered(guiji: Guiji, receiver: Receiver) -> None:
    account = guiji.account
    receiver.behaviour = respond(200, ACKNOWLEDGEMENT)
    late, early = guiji.synthesise(callbackUrl=receiver.url), guiji.speak(callbackUrl=receiver.url)
    assert [delivery["callback"] for delivery in account.deliveries()] == ["audioResult", "videoResult"]
    account.advance(1)
    receiver.behaviour = respond(500)
    account.advance(9)
    rows = [account.task(audio)["id"] for audio in (early, late)]
    assert [(delivery["task"], delivery["state"]) for delivery in account.deliveries()] == [
        (rows[0], "delivered"),
        (rows[1], "failed"),
    ]
    assert [delivery["task"] for delivery in account.deliveries(state="failed")] == [rows[1]]
    assert [delivery["task"] for delivery in account.deliveries(task=rows[0])] == [rows[0]]
    assert [delivery["task"] for delivery in account.deliveries(limit=1)] == [rows[1]], "the latest ones"
    assert account.deliveries(vendor="nobody") == account.deliveries(state="refused") == []
    delivery = account.deliveries(task=rows[0])[0]
    assert account.control("GET", f"/deliveries/{delivery['id']}").json == delivery


def test_an_unknown_delivery_is_not_found(account: Account) -> None:
    for method, path in (("GET", "/deliveries/nothing"), ("POST", "/deliveries/nothing/resend")):
        response = account.control(method, path)
        assert (response.status, response.json["error"]) == (404, "deliveryNotFound")
    response = account.control("GET", "/deliveries", query={"state": "lost"})
    assert (response.status, response.json["error"]) == (400, "invalidRequest")


def test_a_delivered_callback_can_be_sent_again(guiji: Guiji, receiver: Receiver) -> None:
    receiver.behaviour = respond(200, ACKNOWLEDGEMENT)
    guiji.speak(callbackUrl=receiver.url)
    guiji.account.advance(1)
    (delivery,) = guiji.account.deliveries()
    response = guiji.account.control("POST", f"/deliveries/{delivery['id']}/resend")
    assert response.status == 200
    assert [(attempt["number"], attempt["trigger"], attempt["outcome"]) for attempt in response.json["attempts"]] == [
        (1, "scheduled", "delivered"),
        (2, "manual", "delivered"),
    ]
    assert receiver.received[0].body == receiver.received[1].body


def test_earlier_entries_are_read_up_to_a_given_one(guiji: Guiji) -> None:
    for number in range(5):
        guiji.page(LIST, page=number + 1)
    entries = guiji.account.journal(operation="listVideos")
    assert guiji.account.journal(operation="listVideos", until=entries[2]["id"], limit=2) == entries[1:3]


def test_entries_are_found_by_a_text_in_path_or_bodies(guiji: Guiji) -> None:
    video = guiji.synthesise(videoName="开场 100% Film_")
    operation = guiji.account.journal(text="开场")[0]["operation"]
    assert [entry["operation"] for entry in guiji.account.journal(text="100% film_")] == [operation]
    assert guiji.account.journal(text="100x film") == []
    assert guiji.account.journal(text=str(video), limit=1)[0]["operation"] == operation
    assert guiji.account.journal(text="PAGELIST") == []
    guiji.page(LIST)
    assert guiji.account.journal(text="PAGELIST")[0]["operation"] == "listVideos"


def test_deliveries_before_another_one_are_listed(guiji: Guiji, receiver: Receiver) -> None:
    guiji.account.freeze()
    for name in "abc":
        guiji.synthesise(videoName=name, callbackUrl=receiver.url)
    deliveries = guiji.account.deliveries()
    assert len(deliveries) == 3
    assert guiji.account.deliveries(before=deliveries[2]["id"]) == deliveries[:2]
    assert guiji.account.deliveries(before=deliveries[2]["id"], limit=1) == deliveries[1:2]
    assert guiji.account.deliveries(before=deliveries[0]["id"]) == []


def test_deliveries_before_an_unknown_one_are_refused(guiji: Guiji) -> None:
    response = guiji.account.control("GET", "/deliveries", query={"before": "nobody"})
    assert (response.status, response.json["error"]) == (404, "deliveryNotFound")
