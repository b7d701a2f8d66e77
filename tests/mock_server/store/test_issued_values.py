"""Issued values are found in every form, and a look that finds none asks the database nothing."""

import base64
import random
from pathlib import Path

import pytest
from sqlalchemy import Connection

from bodydouble.contracts.redaction.value_forms import may_hold_coded
from bodydouble.mock_server.store import tokens
from bodydouble.mock_server.store.issued_values import MAX_REMEMBERED, IssuedValues
from tests.support.in_process import InProcessServer

ACCOUNT = "default"
IDS = "/videos/0cc175b9c0f1b6a831c399e269772661/92eb5ffee6ae2fec3ad71c777531578f"
TOKEN = "4d186321c1a7f0f354b297e8914ab240"


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> InProcessServer:
    folder: Path = tmp_path_factory.mktemp("issued")
    return InProcessServer(folder)


def issue(server: InProcessServer, token: str) -> None:
    with server.services.state.main.write() as connection:
        tokens.add(connection, ACCOUNT, "guiji", token, 10**14)


@pytest.mark.sqlite("only a file says cheaply whether anything has changed")
def test_a_look_asks_the_database_nothing_until_something_is_issued(
    stored: InProcessServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = stored.services.state.main
    values = IssuedValues(database)
    values.within(IDS, ACCOUNT)
    looks: list[Connection] = []
    read = database.read

    def counted() -> Connection:
        looks.append(read())
        return looks[-1]

    monkeypatch.setattr(database, "read", counted)
    for number in range(5):
        assert values.within(f"{IDS}{number}", ACCOUNT) == frozenset()
    assert not looks
    issue(stored, f"{TOKEN}-first")
    assert values.within(f"x{TOKEN}-firsty", ACCOUNT) == {f"{TOKEN}-first"}
    assert looks


def test_a_line_without_a_value_is_looked_at_again_when_it_has_become_one(stored: InProcessServer) -> None:
    values = IssuedValues(stored.services.state.main)
    line = f"x: {TOKEN}-later"
    assert values.within(line, ACCOUNT) == frozenset()
    issue(stored, f"{TOKEN}-later")
    assert values.within(line, ACCOUNT) == {f"{TOKEN}-later"}


@pytest.mark.sqlite("only a file says cheaply whether anything has changed")
def test_what_is_remembered_of_harmless_lines_is_bounded_for_all_accounts_together(stored: InProcessServer) -> None:
    values, most = IssuedValues(stored.services.state.main), 0
    issue(stored, f"{TOKEN}-bound")
    for number in range(2_500):
        account = ACCOUNT if number % 2 else f"account-{number % 20}"
        assert values.within(f"{number} " + "harmless words " * 60, account) == frozenset()
        most = max(most, values.remembered)
    assert MAX_REMEMBERED / 2 < most <= MAX_REMEMBERED
    assert values.remembered < most, "it has begun anew"
    total = sum(len(line) for own in values._owned.values() for line in own.harmless)
    assert total <= values.remembered
    assert values.within(f"2499 {TOKEN}-bound", ACCOUNT) == {f"{TOKEN}-bound"}


@pytest.mark.parametrize("always", ["control-token_0123456789", "a b/c&d9"])
def test_a_secret_of_the_server_is_found_for_every_account(stored: InProcessServer, always: str) -> None:
    values = IssuedValues(stored.services.state.main, (), [always])
    assert values.within(f"x{always}y", ACCOUNT) == {always}
    assert values.within(f"x{always}y", None) == {always}


def test_no_coded_text_with_a_value_escapes_the_quick_look() -> None:
    chance = random.Random(1)
    letters = "ABCXYZabcxyz0189-_%&#;\\"
    for _ in range(2_000):
        value = "".join(chance.choices(letters, k=chance.randrange(16, 40)))
        before, after = ("".join(chance.choices("äa界 {", k=chance.randrange(5))) for _ in "12")
        whole = f"{before}{value}{after}".encode()
        for coded in (base64.b64encode(whole), base64.urlsafe_b64encode(whole), whole.hex().encode()):
            assert may_hold_coded(b"/" * chance.randrange(5) + coded), (value, coded)
