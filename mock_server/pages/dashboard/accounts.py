"""Accounts: what a client needs for each vendor, the clock, quotas and settings."""

import json
from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from bodydouble.contracts.signing.example_request import cheap_read
from bodydouble.contracts.signing.snippets import Caller, snippets
from bodydouble.mock_server.pages.context import PageContext
from bodydouble.mock_server.pages.dashboard.actions import Shown, live_or_ended, page_or_problem
from bodydouble.mock_server.pages.forms import FieldError, number, span, text, time_ms, without_none
from bodydouble.mock_server.pages.notices import done

_ACCOUNT = "/_mock/dashboard/accounts/<account>"


def account_pages(context: PageContext) -> Blueprint:
    """The pages of accounts."""
    pages = Blueprint("accounts", __name__)
    call = context.control.call

    @pages.get("/_mock/dashboard/accounts")
    def index(problem: str = "") -> str:
        return render_template("dashboard/accounts.html", problem=problem, **call("listAccounts"))

    @pages.get(_ACCOUNT)
    def show(account: str, problem: str = "", advanced: Mapping[str, Any] | None = None) -> str:
        facts = _facts(context, account)
        lines = _lines(context, facts["account"])
        return render_template("dashboard/account.html", problem=problem, advanced=advanced, lines=lines, **facts)

    @pages.get(f"{_ACCOUNT}/live")
    def live(account: str) -> Response:
        return live_or_ended(lambda: _facts(context, account), clock="account_clock")

    def acted(account: str, message: str) -> AnyResponse:
        return done(message, url_for(".show", account=account))

    @pages.post("/_mock/dashboard/accounts")
    @page_or_problem(index)
    def create() -> AnyResponse:
        body = without_none(id=text("id"), pace=number("pace"), seed=number("seed"), frozen_at=time_ms("frozen_at"))
        account = call("createAccount", body=body)["id"]
        return acted(account, f"The account {account} is there.")

    @pages.post(f"{_ACCOUNT}/clock/<action>")
    @page_or_problem(show)
    def clock(account: str, action: str) -> AnyResponse | str:
        if action == "advance":
            return show(account, advanced=call("advanceClock", account, body={"seconds": span("by")}))
        if action == "advance_to":
            return show(account, advanced=call("advanceClockTo", account, body={"time": time_ms("to")}))
        if action not in ("freeze", "run"):
            raise FieldError(f"{action} is nothing that a clock does")
        call(f"{action}Clock", account)
        return acted(account, "The clock stands." if action == "freeze" else "The clock runs.")

    @pages.post(f"{_ACCOUNT}/settings")
    @page_or_problem(show)
    def change(account: str) -> AnyResponse:
        body = without_none(pace=number("pace"), callback_clock=text("callback_clock"))
        vendor = text("vendor")
        if vendor is not None:
            body["settings"] = {vendor: _settings(call("getAccount", account)["settings"][vendor])}
        call("updateAccount", account, body=body)
        return acted(account, "The settings are changed.")

    @pages.post(f"{_ACCOUNT}/quotas/<vendor>/<quota>")
    @page_or_problem(show)
    def set_quota(account: str, vendor: str, quota: str) -> AnyResponse:
        call("setQuota", account, vendor, quota, body={"total": number("total")})
        return acted(account, f"The quota {quota} is changed.")

    @pages.post(f"{_ACCOUNT}/reset")
    @page_or_problem(show)
    def reset(account: str) -> AnyResponse:
        call("resetAccount", account)
        return acted(account, "The account is as it was when it was made.")

    @pages.route(f"{_ACCOUNT}/delete", methods=["GET", "POST"])
    @page_or_problem(show)
    def delete(account: str) -> AnyResponse | str:
        if request.method == "GET":
            return render_template("dashboard/account_delete.html", account=call("getAccount", account))
        if text("id") != account:
            raise FieldError(f"Write {account} to delete it.")
        call("deleteAccount", account)
        return done(f"The account {account} is deleted.", url_for(".index"))

    return pages


def _facts(context: PageContext, account: str) -> Shown:
    return {"account": context.control.call("getAccount", account, base_url=context.address(request.environ))}


def _lines(context: PageContext, account: Mapping[str, Any]) -> Mapping[str, Mapping[str, Any] | None]:
    """For each vendor, how an operation is called that shows something of any account, and costs nothing."""
    lines: dict[str, Mapping[str, Any] | None] = {}
    for name, vendor in account["vendors"].items():
        contract = context.contracts[name]
        operation, caller = cheap_read(contract), Caller(vendor["base_url"], vendor["credentials"], account["id"])
        code = None if operation is None else tuple(snippets(contract, caller, operation))
        lines[name] = None if operation is None else {"operation": operation.id, "snippets": code}
    return lines


def _settings(current: dict[str, Any]) -> dict[str, Any]:
    """The settings of a vendor that the form has, each as the kind of value that it has now."""
    changed: dict[str, Any] = {}
    for name, value in current.items():
        written = request.form.get(f"setting.{name}")
        if isinstance(value, bool):
            changed[name] = written is not None
        elif written is not None:
            changed[name] = written if isinstance(value, str) else _json(name, written)
    return changed


def _json(name: str, written: str) -> Any:
    try:
        return json.loads(written)
    except ValueError as error:
        raise FieldError(f"{name}: {written} is no JSON") from error
