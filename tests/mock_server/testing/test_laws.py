"""The laws between requests in a journal: the mock server keeps them, and a changed journal shows a violation."""

import json
from typing import Any

import pytest

from bodydouble.mock_server.testing.account import Account
from bodydouble.mock_server.testing.laws import require_laws
from tests.support.guiji import Guiji


def journal(account: Account) -> list[dict[str, Any]]:
    """A video that was created and read."""
    guiji = Guiji(account)
    video = guiji.synthesise()
    guiji.send("GET", f"/openapi/video/v2/get/{video}")
    return account.journal(limit=100)


def apart(entries: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The entries a second apart: here, a request may follow another one within a millisecond, which orders neither."""
    ordered = sorted(entries, key=lambda entry: int(entry["id"]))
    return [{**entry, "real": entry["real"] + number * 1000} for number, entry in enumerate(ordered)]


def other_id(entry: dict[str, Any]) -> dict[str, Any]:
    if entry["operation"] != "getVideo":
        return entry
    content = json.loads(entry["response_body"])
    content["data"]["id"] = 999
    return {**entry, "response_body": json.dumps(content)}


def test_the_mock_server_keeps_the_laws(account: Account) -> None:
    journal(account)
    account.assert_laws_kept()
    account.assert_laws_kept("guiji")


def test_a_contradiction_is_shown_with_its_requests(account: Account) -> None:
    entries = [other_id(entry) for entry in journal(account)]
    with pytest.raises(AssertionError) as raised:
        require_laws(apart(entries))
    message = str(raised.value)
    # The video that was created is not shown, and one that was not asked for is.
    assert message.startswith("2 laws are violated:\n\nguiji getVideo: identity (only the records that were asked for")
    assert "and shown '999'\n  GET /openapi/video/v2/get/" in message


def test_what_follows_a_scenario_is_left_out(account: Account) -> None:
    guiji = Guiji(account)
    path = f"/openapi/video/v2/get/{guiji.synthesise()}"
    account.scenario("guiji", "getVideo", error="resourceNotFound")
    guiji.send("GET", path)
    account.assert_laws_kept()
    with pytest.raises(AssertionError):
        require_laws(apart(account.journal(limit=100)))


def test_a_cut_body_proves_nothing(account: Account) -> None:
    entries = [{**other_id(entry), "response_body": "x" * 20_000} for entry in journal(account)]
    require_laws(entries)
