"""The journal: requests with their responses, what they broke, and what they caused."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from flask import Blueprint, Response, abort, render_template, request

from bodydouble.contracts.core.wire import WireRequest
from bodydouble.contracts.redaction.fields import REPLACEMENT
from bodydouble.contracts.signing.bash_lines import bash_lines
from bodydouble.mock_server.pages.callers import account_caller
from bodydouble.mock_server.pages.context import PageContext
from bodydouble.mock_server.pages.control_calls import ControlError
from bodydouble.mock_server.pages.dashboard.actions import Shown, live_or_ended
from bodydouble.mock_server.pages.dashboard.har import har_of
from bodydouble.mock_server.store.journal import MAX_BODY_LENGTH

_JOURNAL = "/_mock/dashboard/accounts/<account>/journal"
PAGE_SIZE = 50
MAX_EXPORTED = 1000
_FILTERS = ("vendor", "operation", "status", "violations", "text")


def journal_pages(context: PageContext) -> Blueprint:
    """The pages of the journal."""
    pages = Blueprint("journal", __name__)

    @pages.get(_JOURNAL)
    def index(account: str) -> str:
        try:
            return render_template("dashboard/journal.html", problem="", **_list(context, account))
        except ControlError as error:
            if error.status != 400:
                raise
            # What the filter asks for cannot be asked for.
            nothing = _list(context, account, filtered=False)
            return render_template("dashboard/journal.html", problem=error.message, **nothing)

    @pages.get(f"{_JOURNAL}/live")
    def live(account: str) -> Response:
        return live_or_ended(lambda: _list(context, account), entries="journal_rows")

    @pages.get(f"{_JOURNAL}/<int:entry>")
    def show(account: str, entry: int) -> str:
        return render_template("dashboard/entry.html", **_facts(context, account, entry))

    @pages.get(f"{_JOURNAL}/export.har")
    def export(account: str) -> Response:
        entries = _entries(context, account, _chosen(), limit=MAX_EXPORTED)
        response = Response(har_of(entries, context.address(request.environ)), content_type="application/json")
        response.headers["Content-Disposition"] = f'attachment; filename="{account}.har"'
        return response

    return pages


def _chosen() -> dict[str, str]:
    return {name: request.args.get(name, "").strip() for name in _FILTERS}


def _entries(context: PageContext, account: str, chosen: Mapping[str, str], **query: Any) -> list[dict[str, Any]]:
    entries: list[dict[str, Any]] = context.control.call("readJournal", account, **chosen, **query)["entries"]
    return entries


def _list(context: PageContext, account: str, *, filtered: bool = True) -> Shown:
    chosen = _chosen()
    until = request.args.get("until", type=int)
    entries = _entries(context, account, chosen, limit=PAGE_SIZE, until=until) if filtered else []
    contracts = [contract for name, contract in context.contracts.items() if chosen["vendor"] in ("", name)]
    return {
        "account": account,
        "entries": entries[::-1],
        "until": until,
        "older": entries[0]["id"] - 1 if len(entries) == PAGE_SIZE else None,
        "chosen": chosen,
        "vendors": sorted(context.contracts),
        "operations": sorted({operation for contract in contracts for operation in contract.operations}),
    }


def _facts(context: PageContext, account: str, entry_id: int) -> Shown:
    # The latest entry up to its own id.
    entries = _entries(context, account, {}, until=entry_id, limit=1)
    if not entries or entries[0]["id"] != entry_id:
        abort(404, f"The journal of {account} has no entry {entry_id}; it keeps the newest 20,000 of all accounts.")
    entry = entries[0]
    caused: list[dict[str, Any]] = []
    if entry["task_id"] is not None:
        caused = context.control.call("listDeliveries", account, task=entry["task_id"], limit=20)["deliveries"]
    return {
        "account": account,
        "entry": entry,
        "deliveries": caused,
        "line": _line(context, entry),
        "limit": MAX_BODY_LENGTH,
    }


def _line(context: PageContext, entry: Mapping[str, Any]) -> str | None:
    """Lines that send a request once more, with its account's credentials; None if they cannot be made."""
    contract, account, body = context.contracts[entry["vendor"]], entry["account_id"], entry["request_body"] or ""
    # Of a longer body, the journal has but the beginning.
    if account is None or entry["operation"] is None or len(body) >= MAX_BODY_LENGTH:
        return None
    caller = account_caller(context, contract, account)
    headers = {name: text for name, text in entry["request_headers"].items() if REPLACEMENT not in text}
    host = urlsplit(caller.base_url).netloc
    wire = WireRequest(entry["method"], entry["path"], entry["query"], {**headers, "host": host}, body.encode())
    operation = contract.operations[entry["operation"]]
    return bash_lines(contract, caller.base_url, caller.credentials, operation, wire, caller.trust)
