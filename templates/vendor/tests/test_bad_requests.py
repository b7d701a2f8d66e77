"""Requests that are rejected: the sender, then the form, then what the request is about."""

from typing import Any

import pytest

from bodydouble.testing import Account
from tests.support.acme_cloud import AcmeCloud


def test_a_wrong_or_missing_key_is_rejected(client: AcmeCloud) -> None:
    for key in ("wrong", ""):
        status, code, message = client.rejected("GET", "/tasks", headers={"X-Api-Key": key})
        assert (status, code) == (200, 2001)
        assert message.startswith("The key is not valid"), message


@pytest.mark.parametrize(
    ("body", "expected", "field"),
    [
        ({"text": "Hello there."}, (200, 1001), "name"),
        ({"name": "", "text": "Hello there."}, (200, 1002), "name"),
        ({"name": "Welcome", "text": 5}, (200, 1002), "text"),
    ],
)
def test_a_wrong_field_is_named(client: AcmeCloud, body: Any, expected: Any, field: str) -> None:
    status, code, message = client.rejected("POST", "/tasks", body)
    assert (status, code) == expected
    assert field in message


def test_a_wrong_path_and_a_wrong_method_are_rejected(client: AcmeCloud) -> None:
    assert client.rejected("GET", "/nothing")[:2] == (404, 1006)
    assert client.rejected("DELETE", "/tasks")[:2] == (405, 1007)


def test_the_task_of_another_account_does_not_exist(client: AcmeCloud) -> None:
    stranger = AcmeCloud(Account(client.account.server))
    task = stranger.create()
    assert client.rejected("GET", f"/tasks/{task}")[:2] == (200, 2002)


def test_a_callback_to_a_host_that_is_not_allowed_is_rejected(client: AcmeCloud) -> None:
    body = {"name": "Welcome", "text": "Hello there.", "callbackUrl": "http://192.0.2.1/callback"}
    assert client.rejected("POST", "/tasks", body)[:2] == (200, 2004)
