"""The account that a key stands for."""

from enum import Enum
from typing import cast

import pytest

from bodydouble.mock_server.vendor_api.response import ApiError
from bodydouble.mock_server.vendor_api.senders import CredentialLookup, key_account

Errors = Enum("Errors", "keyInvalid")


class _Lookup:
    def __init__(self) -> None:
        self.looked_up: list[str] = []

    def by_key(self, key: str) -> None:
        self.looked_up.append(key)


@pytest.mark.parametrize(("key", "looked_up"), [("nobody's", ["nobody's"]), ("clé", []), ("a\x00b", [])])
def test_an_unknown_key_is_rejected_and_an_invalid_key_is_not_looked_up(key: str, looked_up: list[str]) -> None:
    lookup = _Lookup()
    with pytest.raises(ApiError, match="keyInvalid: header X-Key: no account has this access key"):
        key_account(cast(CredentialLookup, lookup), key, Errors.keyInvalid, "header X-Key")
    assert lookup.looked_up == looked_up
