"""The callback about the end of a task, and its repetition. The fixture `receiver` needs a socket."""

import pytest

from bodydouble.testing import Receiver, respond
from tests.support.acme_cloud import ENDED, AcmeCloud


@pytest.mark.parametrize("outcome", ["success", "failed"])
def test_the_end_of_a_task_is_reported(client: AcmeCloud, receiver: Receiver, outcome: str) -> None:
    client.account.scenario("acme-cloud", "createTask", outcome=outcome)
    task = client.create(callbackUrl=receiver.url)
    assert receiver.received == []
    client.account.advance(ENDED)
    (callback,) = receiver.received
    assert callback.json == client.task(task)


def test_a_callback_is_sent_again_after_an_error(client: AcmeCloud, receiver: Receiver) -> None:
    receiver.behaviour = respond(500)
    client.create(callbackUrl=receiver.url)
    client.account.advance(ENDED)
    assert len(receiver.received) == 1
    receiver.behaviour = respond(200)
    client.account.advance(60)
    first, second = receiver.received
    assert first.body == second.body
