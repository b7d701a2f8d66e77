"""The credentials of new accounts."""

from bodydouble.mock_server.vendor_api.credentials import credential, credential_table


def test_credentials_follow_a_table_of_names_and_lengths_and_the_first_is_the_key() -> None:
    credentials = credential_table("acme", app_id=20, app_secret=40)("team", 7)
    assert list(credentials.content) == ["app_id", "app_secret"]
    assert credentials.key == credentials.content["app_id"] == credential("team", 7, "acme", "app-id", 20)
    assert [len(value) for value in credentials.content.values()] == [20, 40]


def test_the_default_accounts_credentials_are_readable() -> None:
    credentials = credential_table("acme", app_id=20)("default", 7)
    assert credentials.content == {"app_id": "acme-app-id-default"}
