"""What the account object does with snapshots."""

import pytest

from bodydouble.mock_server.testing.account import Account, ControlError
from bodydouble.mock_server.testing.receiver import Receiver, respond
from tests.support.guiji import ACKNOWLEDGEMENT, Guiji


def test_an_account_is_restored_at_the_end_of_a_block(account: Account) -> None:
    guiji = Guiji(account)
    video = guiji.synthesise()
    with account.restored() as snapshot:
        account.advance(3600)
        guiji.synthesise()
        account.fault("lost", "guiji")
    assert account.now() == snapshot["clock"]["now"]
    assert account.scenarios() == []
    assert [task["key"] for task in account.tasks(vendor="guiji", kind="video")] == [str(video)]


def test_a_delivery_that_was_waited_for_is_delivered_again(account: Account, receiver: Receiver) -> None:
    receiver.behaviour = respond(200, ACKNOWLEDGEMENT)
    Guiji(account).synthesise(callbackUrl=receiver.url)
    snapshot = account.snapshot()
    first = account.wait_for_delivery()
    account.restore(snapshot)
    again = account.wait_for_delivery()
    assert (again["id"], again["state"]) == (first["id"], "delivered")
    assert receiver.received[0].body == receiver.received[1].body


def test_what_cannot_be_restored_says_why(account: Account) -> None:
    with pytest.raises(ControlError, match="/version: 9; this server reads version 1"):
        account.restore({**account.snapshot(), "version": 9})


def test_secrets_and_files_are_in_it_if_they_are_asked_for(account: Account) -> None:
    assert "secrets" not in account.snapshot(files=True)
    assert account.snapshot(secrets=True)["secrets"]["credentials"]["guiji"] == account.credentials("guiji")
