"""Whose credentials lines of code have: of an account of the running server, if it is there."""

from collections.abc import Callable

from flask import request

from bodydouble.contracts.model.contract import Contract
from bodydouble.contracts.signing.snippets import Caller
from bodydouble.mock_server.pages.context import PageContext
from bodydouble.mock_server.pages.control_calls import ControlError
from bodydouble.mock_server.pages.server_trust import server_trust

CallerOf = Callable[[Contract], Caller]
_DEFAULT_ACCOUNT = "default"


def callers(context: PageContext) -> CallerOf:
    """A function that says who calls a vendor's operations on the page that is being made.

    That is the account that the page's URL names (`?account=`), or else the default account.
    """

    def caller_of(contract: Contract) -> Caller:
        base_url = context.address(request.environ)
        trust = server_trust(context.settings, base_url)
        if contract is context.control.contract:
            needs_token = context.settings.control_token is not None
            return Caller.unknown(contract, base_url, trust) if needs_token else Caller(base_url, {}, trust=trust)
        try:
            return account_caller(context, contract, request.args.get("account") or _DEFAULT_ACCOUNT)
        except ControlError:
            return Caller.unknown(contract, base_url, trust)

    return caller_of


def account_caller(context: PageContext, contract: Contract, account: str) -> Caller:
    """An account as the caller of a vendor's operations.

    Raises:
        ControlError: there is no such account.
    """
    content = context.control.call("getAccount", account, base_url=context.address(request.environ))
    vendor = content["vendors"][contract.vendor]
    trust = server_trust(context.settings, vendor["base_url"])
    return Caller(vendor["base_url"], vendor["credentials"], account, content["settings"][contract.vendor], trust)
