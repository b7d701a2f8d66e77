"""Callbacks: what was sent, what the receivers said, and how each receiver does."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from flask import Blueprint, Response, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from bodydouble.mock_server.pages.context import PageContext
from bodydouble.mock_server.pages.dashboard.actions import Shown, live_or_ended, page_or_problem
from bodydouble.mock_server.pages.notices import done

_DELIVERIES = "/_mock/dashboard/accounts/<account>/deliveries"
_DELIVERY = f"{_DELIVERIES}/<delivery>"
PAGE_SIZE = 50
_FILTERS = ("vendor", "state")
STATES = ("pending", "delivered", "failed", "refused")


@dataclass(frozen=True, slots=True)
class ReceiverRecord:
    """How a receiver has done, as far as the deliveries on the page say.

    Attributes:
        attempts: how many.
        acknowledged: how many of them were acknowledged.
        slowest: milliseconds that the longest attempt took.
    """

    receiver: str
    attempts: int
    acknowledged: int
    slowest: float


def delivery_pages(context: PageContext) -> Blueprint:
    """The pages of deliveries."""
    pages = Blueprint("deliveries", __name__)

    @pages.get(_DELIVERIES)
    def index(account: str) -> str:
        return render_template("dashboard/deliveries.html", **_list(context, account))

    @pages.get(f"{_DELIVERIES}/live")
    def live_list(account: str) -> Response:
        return live_or_ended(lambda: _list(context, account), deliveries="delivery_rows")

    @pages.get(_DELIVERY)
    def show(account: str, delivery: str, problem: str = "") -> str:
        facts = _facts(context, account, delivery)
        return render_template("dashboard/delivery.html", problem=problem, **facts)

    @pages.get(f"{_DELIVERY}/live")
    def live(account: str, delivery: str) -> Response:
        return live_or_ended(lambda: _facts(context, account, delivery), delivery="delivery_now")

    @pages.post(f"{_DELIVERY}/resend")
    @page_or_problem(show)
    def resend(account: str, delivery: str) -> AnyResponse:
        attempt = context.control.call("resendDelivery", account, delivery)["attempts"][-1]
        return done(f"Sent once more: {attempt['outcome']}.", url_for(".show", account=account, delivery=delivery))

    return pages


def _list(context: PageContext, account: str) -> Shown:
    chosen = {name: request.args.get(name, "").strip() for name in _FILTERS}
    before = request.args.get("before", "")
    page = context.control.call("listDeliveries", account, limit=PAGE_SIZE, before=before, **chosen)["deliveries"]
    return {
        "account": account,
        "deliveries": page[::-1],
        "before": before,
        "older": page[0]["id"] if len(page) == PAGE_SIZE else None,
        "chosen": chosen,
        "vendors": sorted(name for name, contract in context.contracts.items() if contract.callbacks),
        "states": STATES,
        "receivers": receiver_records(page),
    }


def _facts(context: PageContext, account: str, delivery_id: str) -> Shown:
    delivery = context.control.call("getDelivery", account, delivery_id)
    return {"account": account, "delivery": delivery, "contract": context.contracts[delivery["vendor"]]}


def receiver_records(deliveries: Iterable[Mapping[str, Any]]) -> list[ReceiverRecord]:
    """How each receiver of some deliveries has done, the one with most attempts first."""
    attempts: dict[str, list[Mapping[str, Any]]] = {}
    for delivery in deliveries:
        attempts.setdefault(_origin(delivery["url"]), []).extend(delivery["attempts"])
    records = [
        ReceiverRecord(
            receiver,
            len(sent),
            sum(attempt["outcome"] == "delivered" for attempt in sent),
            max((attempt["duration"] for attempt in sent), default=0),
        )
        for receiver, sent in attempts.items()
    ]
    return sorted(records, key=lambda record: -record.attempts)


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
