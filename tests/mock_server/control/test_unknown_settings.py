"""Unknown settings."""

import pytest

from bodydouble.mock_server.testing.account import Account


@pytest.mark.parametrize(
    ("settings", "field"),
    [({"nobody": {}}, "/settings/nobody"), ({"guiji": {"colour": "blue"}}, "/settings/guiji/colour")],
)
def test_an_unknown_setting_is_named_in_the_error(account: Account, settings: dict[str, object], field: str) -> None:
    reply = account.control("PATCH", "", {"settings": settings})
    assert reply.status == 400
    assert reply.json["error"] == "settingUnusable"
    assert field in reply.json["message"]
