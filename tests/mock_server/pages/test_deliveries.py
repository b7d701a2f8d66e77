"""The pages of deliveries: what was sent, what the receivers said, and sending once more."""

import re
from html import unescape
from typing import Any

import pytest

from bodydouble.mock_server.pages.dashboard.deliveries import ReceiverRecord, receiver_records
from bodydouble.mock_server.testing.receiver import Receiver, respond
from bodydouble.testing import Account
from tests.support.guiji import ACKNOWLEDGEMENT, Guiji
from tests.support.in_process import InProcessServer
from tests.support.page_reader import PageReader


@pytest.fixture
def guiji(server: InProcessServer) -> Guiji:
    return Guiji(Account(server, frozen_at=1_700_000_000_000))


@pytest.fixture
def pages(guiji: Guiji) -> str:
    return f"/_mock/dashboard/accounts/{guiji.account.id}/deliveries"


def test_a_delivery_shows_each_attempt_with_request_and_response(
    reader: PageReader, guiji: Guiji, pages: str, receiver: Receiver
) -> None:
    receiver.behaviour = respond(200, ACKNOWLEDGEMENT)
    guiji.synthesise(videoName="开场", callbackUrl=receiver.url)
    assert "nothing yet" in reader.get(pages).text
    guiji.account.advance(86_400)
    listed = reader.get(pages).text
    link = re.search(r'href="([^"]*/deliveries/[^"]*)"', listed)
    assert link is not None
    page = reader.get(unescape(link[1])).text
    assert ">delivered</span>" in page
    assert f"POST {receiver.url}" in page
    assert "Attempt 1" in page


def test_a_delivery_is_sent_once_more_by_a_form(
    reader: PageReader, guiji: Guiji, pages: str, receiver: Receiver
) -> None:
    receiver.behaviour = respond(200, ACKNOWLEDGEMENT)
    guiji.synthesise(callbackUrl=receiver.url)
    guiji.account.advance(86_400)
    (delivery,) = guiji.account.deliveries()
    url = f"{pages}/{delivery['id']}"
    page = reader.send(reader.get(url), f"{url}/resend")
    assert "Sent once more: delivered." in page.text
    assert "a person" in page.text
    assert len(receiver.received) == 2


def test_deliveries_are_filtered_and_paged(reader: PageReader, guiji: Guiji, pages: str, receiver: Receiver) -> None:
    for _ in range(51):
        guiji.synthesise(callbackUrl=receiver.url)
    page = reader.get(pages).text
    assert page.count('data-label="Callback"') == 50
    link = re.search(r'rel="next" href="([^"]*)"', page)
    assert link is not None
    older = reader.get(unescape(link[1])).text
    assert older.count('data-label="Callback"') == 1
    assert "No delivery fits" in reader.get(f"{pages}?state=failed").text


def test_what_a_receiver_says_is_shown_as_text(
    reader: PageReader, guiji: Guiji, pages: str, receiver: Receiver
) -> None:
    guiji.synthesise(callbackUrl=f"{receiver.url}?x=%3Cscript%3Ealert(1)%3C/script%3E")
    receiver.behaviour = respond(200, "<script>alert(2)</script>")
    guiji.account.advance(86_400)
    (delivery,) = guiji.account.deliveries()
    page = reader.get(f"{pages}/{delivery['id']}").text
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(2)" in page


def test_an_unknown_delivery_has_a_page_that_says_so(reader: PageReader, pages: str) -> None:
    assert reader.get(f"{pages}/nothing").status == 404
    assert "event: ended" in reader.get(f"{pages}/nothing/live").text


def test_a_receivers_record_counts_its_attempts() -> None:
    def attempt(outcome: str, duration: float) -> dict[str, Any]:
        return {"outcome": outcome, "duration": duration}

    deliveries: list[dict[str, Any]] = [
        {"url": "http://a:1/x", "attempts": [attempt("timeout", 5000), attempt("delivered", 3)]},
        {"url": "http://a:1/y", "attempts": [attempt("delivered", 4)]},
        {"url": "http://b/", "attempts": []},
    ]
    assert receiver_records(deliveries) == [
        ReceiverRecord("http://a:1", 3, 2, 5000),
        ReceiverRecord("http://b", 0, 0, 0),
    ]
