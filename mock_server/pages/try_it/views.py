"""The pages of Try it."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlsplit

from flask import Blueprint, make_response, redirect, render_template, request, url_for
from flask.blueprints import BlueprintSetupState
from werkzeug.wrappers import Response as AnyResponse

from bodydouble.contracts.core.wire import WireRequest, WireResponse, media_type
from bodydouble.contracts.model.contract import Contract, Operation
from bodydouble.contracts.redaction.fields import FieldRedactor
from bodydouble.contracts.redaction.known_values import KnownSecrets
from bodydouble.contracts.reference.vendor import VendorReference
from bodydouble.contracts.signing.example_request import example_request
from bodydouble.contracts.signing.prepared_request import with_signed_fields
from bodydouble.contracts.signing.request_signer import RequestSigner, SigningError
from bodydouble.contracts.signing.snippets import Caller
from bodydouble.mock_server.pages.callers import account_caller, callers
from bodydouble.mock_server.pages.context import PageContext
from bodydouble.mock_server.pages.control_calls import ControlError
from bodydouble.mock_server.pages.forms import FieldError
from bodydouble.mock_server.pages.reference.lookup import found_or_404, vendor_or_404
from bodydouble.mock_server.pages.try_it.own_socket import Busy, Outcome, OwnSocket
from bodydouble.mock_server.pages.try_it.request_form import RequestForm

_TRY = "/_mock/reference/<vendor>/operations/<name>/try"
# Accounts that the form offers; any other can be written.
_OFFERED = 200
_LATEST = 50
# Whose journal has the requests of no account.
_NOBODY = "anonymous"


@dataclass(frozen=True, slots=True)
class Trial:
    """A form, and where it stands.

    Attributes:
        account: that signs; None where no account does.
        accounts: that the form offers.
    """

    form: RequestForm
    account: str | None
    accounts: tuple[str, ...]


def try_it_pages(context: PageContext) -> Blueprint:
    """The pages; the operation's own page shows the form."""
    pages = Blueprint("try_it", __name__)
    own = OwnSocket(context.settings)
    caller_of = callers(context)

    def trial_of(vendor: VendorReference, operation: Operation) -> Trial:
        return _trial(context, caller_of(vendor.contract), vendor.contract, operation)

    pages.record_once(lambda state: _set_up(state, context, trial_of))

    @pages.get(_TRY)
    def show(vendor: str, name: str) -> AnyResponse:
        return redirect(url_for("reference.operation", vendor=vendor, name=name, _anchor="try"), 303)

    @pages.post(_TRY)
    def send(vendor: str, name: str) -> AnyResponse:
        reference = vendor_or_404(vendor)
        operation = found_or_404(reference.contract.operations.__getitem__, name)
        trial = _written(context, reference.contract, operation)
        try:
            caller = _caller(context, reference.contract, trial.account)
            facts = _tried(context, own, reference.contract, caller, trial.form)
            return make_response(_page(reference, trial, **facts))
        except ControlError as error:
            return _refused(reference, trial, error.message, error.status)
        except FieldError as error:
            return _refused(reference, trial, str(error), 422)
        except SigningError as error:
            return _refused(reference, trial, f"The request cannot be signed: {error}", 422)
        except Busy:
            return _refused(reference, trial, "Too many requests wait already: send it again in a while.", 429)

    return pages


def _set_up(state: BlueprintSetupState, context: PageContext, trial_of: object) -> None:
    state.app.jinja_env.globals["trial_of"] = trial_of
    # A body in a form is as long as one that a client sends.
    state.app.config["MAX_FORM_MEMORY_SIZE"] = context.settings.max_body_bytes


def _trial(context: PageContext, caller: Caller, contract: Contract, operation: Operation) -> Trial:
    form = RequestForm.of_example(example_request(contract, operation, caller.credentials))
    if contract is context.control.contract:
        return Trial(form, None, ())
    accounts = context.control.call("listAccounts")["accounts"][:_OFFERED]
    return Trial(form, caller.account or "default", tuple(accounts))


def _written(context: PageContext, contract: Contract, operation: Operation) -> Trial:
    trial = _trial(context, Caller.unknown(contract), contract, operation)
    account = None if trial.account is None else request.form.get("account", "").strip()
    return replace(trial, form=trial.form.filled(request.form), account=account)


def _caller(context: PageContext, contract: Contract, account: str | None) -> Caller:
    base_url = context.address(request.environ)
    if account is not None:
        return account_caller(context, contract, account)
    token = context.settings.control_token
    return Caller(base_url, {} if token is None else {"control_token": token})


def _page(reference: VendorReference, trial: Trial, **facts: Any) -> str:
    operation = trial.form.operation
    values = {"problem": "", "outcome": None, **facts}
    return render_template("reference/try_it.html", vendor=reference, operation=operation, trial=trial, **values)


def _refused(reference: VendorReference, trial: Trial, problem: str, status: int) -> AnyResponse:
    # Browsers log a failed request of a script as an error of the page.
    shown = 200 if "HX-Request" in request.headers else status
    return make_response(_page(reference, trial, problem=problem), shown)


def _tried(
    context: PageContext, own: OwnSocket, contract: Contract, caller: Caller, form: RequestForm
) -> Mapping[str, Any]:
    """Send the request of a form; what the page shows of it."""
    host, port = request.environ["SERVER_NAME"], int(request.environ["SERVER_PORT"])

    def ask(token_request: WireRequest) -> WireResponse:
        addressed = replace(token_request, headers={"host": netloc, **token_request.headers})
        return own.send(addressed, host, port).response()

    netloc, mark = urlsplit(caller.base_url).netloc, f"bodydouble-try-it/{secrets.token_hex(8)}"
    signer = RequestSigner(contract, caller.credentials, ask)
    wire = form.request(netloc)
    wire = replace(wire, headers={**wire.headers, "user-agent": mark, "accept": "application/json"})
    signed = signer.sign(form.operation, with_signed_fields(form.operation, signer, wire))
    outcome = own.send(signed, host, port)
    return {
        "outcome": outcome,
        "body": _shown_body(outcome),
        "sent": _redacted(contract, caller, signed),
        "logged": _entry(context, contract, caller, mark),
        "account": caller.account,
    }


def _entry(context: PageContext, contract: Contract, caller: Caller, mark: str) -> Mapping[str, Any] | None:
    """The entry of the journal of the request that has a mark: of the account, or of nobody, if it was refused."""
    accounts = (caller.account, _NOBODY) if caller.account is not None else ()
    latest = (
        context.control.call("readJournal", account, vendor=contract.vendor, limit=_LATEST)["entries"][::-1]
        for account in accounts
    )
    marked = (entry for entries in latest for entry in entries if entry["request_headers"].get("user-agent") == mark)
    return next(marked, None)


def _redacted(contract: Contract, caller: Caller, signed: WireRequest) -> WireRequest:
    redactor = FieldRedactor(contract.sensitive)
    secrets_of = KnownSecrets(caller.credentials, redactor)
    headers = {name: secrets_of.text(text) for name, text in redactor.headers(signed.headers).items()}
    body = redactor.body_text(signed.body.decode("utf-8", "replace"))
    return replace(signed, query=redactor.query(signed.query), headers=headers, body=secrets_of.text(body).encode())


def _shown_body(outcome: Outcome) -> str | None:
    """The body as text; None for one that is no text."""
    media = media_type(outcome.response().headers)
    if media.startswith(("audio/", "video/", "image/")) or media in ("application/zip", "application/octet-stream"):
        return None
    return outcome.body.decode("utf-8", "replace")
