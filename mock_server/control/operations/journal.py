"""The journal."""

from typing import Any

from bodydouble.mock_server.control.operations.accounts import account_of
from bodydouble.mock_server.control.toolbox import ControlToolbox
from bodydouble.mock_server.store.journal import ANY_ACCOUNT
from bodydouble.mock_server.vendor_api.handlers import Handlers
from bodydouble.mock_server.vendor_api.listing import requested_page
from bodydouble.mock_server.vendor_api.request import OperationRequest

handlers = Handlers[ControlToolbox]()

# Stands in the path for the requests without a known account.
ANONYMOUS = "anonymous"


@handlers.operation("readJournal")
def read_journal(request: OperationRequest, tools: ControlToolbox) -> dict[str, Any]:
    """Read an account's journal."""
    anonymous = request.path["accountId"] == ANONYMOUS
    return _search(request, tools, None if anonymous else account_of(request, tools).id)


@handlers.operation("readWholeJournal")
def read_whole_journal(request: OperationRequest, tools: ControlToolbox) -> dict[str, Any]:
    """Read the journal of all accounts."""
    return _search(request, tools, ANY_ACCOUNT)


def _search(request: OperationRequest, tools: ControlToolbox, account_id: str | None) -> dict[str, Any]:
    query = request.query
    tools.journal.catch_up()
    entries = tools.journal.search(
        account_id=account_id,
        vendor=query.get("vendor"),
        operation=query.get("operation"),
        status=query.get("status"),
        error=query.get("error"),
        task_ids=[query["task"]] if "task" in query else None,
        with_violations=query.get("violations"),
        conforms=query.get("conforms"),
        text=query.get("text"),
        after=query.get("after", 0),
        until=query.get("until"),
        limit=requested_page(request).size,
    )
    return {"entries": entries}
