"""The first page: what is served, how much is going on, and what came last."""

import threading
from collections import deque
from typing import Any

from flask import Blueprint, Response, render_template

from bodydouble.mock_server.clock import monotonic
from bodydouble.mock_server.pages.context import PageContext
from bodydouble.mock_server.pages.dashboard.actions import Shown, rendered
from bodydouble.mock_server.pages.drawing.chart import Chart, Sample, chart
from bodydouble.mock_server.pages.live import live_response

_SHOWN_REQUESTS, _SHOWN_ACCOUNTS = 15, 12
# Samples that are remembered: while pages are open there are one or two a second.
_MAX_SAMPLES = 150


class Rates:
    """What the totals were while pages were open: nothing is counted for a chart that nobody sees."""

    def __init__(self) -> None:
        self._samples: deque[Sample] = deque(maxlen=_MAX_SAMPLES)
        self._guard = threading.Lock()

    def chart(self, requests: int, attempts: int) -> Chart:
        """The chart, with the totals by now."""
        now = monotonic()
        with self._guard:
            # Several pages that ask at once see the same.
            if not self._samples or now - self._samples[-1].at >= 0.5:
                self._samples.append(Sample(now, (requests, attempts)))
            return chart(list(self._samples), now)


def overview_pages(context: PageContext) -> Blueprint:
    """The pages of the overview."""
    pages = Blueprint("overview", __name__)
    rates = Rates()

    def facts() -> Shown:
        health = context.control.call("getHealth")
        entries = context.control.call("readWholeJournal", limit=_SHOWN_REQUESTS * 4)["entries"]
        accounts = context.control.call("listAccounts")["accounts"]
        return {
            "health": health,
            "durable_state": _engine(context.settings.state),
            "chart": rates.chart(health["requests"], health["attempts"]),
            "entries": _newest(entries),
            "accounts": accounts[:_SHOWN_ACCOUNTS],
            "account_count": len(accounts),
        }

    @pages.get("/_mock/")
    def show() -> str:
        return render_template("dashboard/overview.html", **facts())

    @pages.get("/_mock/dashboard/live")
    def live() -> Response:
        return live_response(rendered(facts(), facts="overview_facts", requests="overview_requests"))

    return pages


def _engine(state: str) -> str:
    # A URL may have a password, and a path names a person.
    return "PostgreSQL" if state.startswith("postgresql") else "a file of SQLite"


def _newest(entries: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The newest requests, those that broke the contract first; both the latest first."""
    latest = entries[::-1]
    return sorted(latest, key=lambda entry: not entry["violations"])[:_SHOWN_REQUESTS]
