"""Bills (vendor document, lines 1679-1937)."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from bodydouble.mock_server.store.accounts import Account
from bodydouble.mock_server.store.tasks import Task
from bodydouble.mock_server.vendor_api.handlers import Handlers
from bodydouble.mock_server.vendor_api.listing import is_selected, passes_constants, select
from bodydouble.mock_server.vendor_api.local_time import CHINA, first_from, last_until
from bodydouble.mock_server.vendor_api.request import OperationRequest
from bodydouble.mock_server.vendor_api.response import ApiError
from bodydouble.mock_server.vendor_api.task_view import TaskView
from bodydouble.mock_server.vendor_api.toolbox import Toolbox
from bodydouble.mock_server.vendors.softsugar import names, records
from bodydouble.mock_server.vendors.softsugar.catalogue import SESSION_BILLS, VOICE_BILLS, owner
from bodydouble.mock_server.vendors.softsugar.names import Errors
from bodydouble.mock_server.vendors.softsugar.operations import common
from bodydouble.mock_server.vendors.softsugar.records import BILLING_TYPES, COUNT, MILLISECONDS, SECONDS
from bodydouble.mock_server.vendors.softsugar.runs import runs

handlers = Handlers[Toolbox]()

# "Maximum 1000 records per query" (vendor document, line 1681).
MAX_RECORDS = 1000
_MONTHLY = 2
# The states whose entry is the end of a run, and billed.
_ENDS = (names.TASK_CANCELLED, names.TASK_COMPLETED, names.TASK_ERROR)
# What turns a unit into the unit of the sum: minutes, and counts as they are.
_TO_SUM = {MILLISECONDS: 1 / 60_000, SECONDS: 1 / 60, COUNT: 1.0}


@handlers.operation("listBills")
def list_bills(request: OperationRequest, tools: Toolbox) -> dict[str, Any]:
    """What ended tasks and live sessions cost, newest first, and the sum of the page."""
    # Times of this form sort as text, which also keeps days that no calendar has from being an error.
    counted, bills = _requested_bills(request, tools)
    rows = select(request, bills)
    if counted + len(rows) > MAX_RECORDS:
        detail = f"/billStartTime, /billEndTime: {counted + len(rows)} records, at most {MAX_RECORDS} allowed"
        raise ApiError(Errors.billingRangeTooLarge, detail)
    rows.sort(key=lambda row: (row["billingTime"], row["id"]), reverse=True)
    page = common.page_of(request, rows)
    used = sum(row["billingValue"] * _TO_SUM[row["billingUnit"]] for row in page["result"])
    return {**page, "usedSum": _decimal(used), "usedModel2kSum": None, "usedModel4kSum": None}


def _requested_bills(request: OperationRequest, tools: Toolbox) -> tuple[int, list[dict[str, Any]]]:
    # How many bills were only counted, because there are too many, and others, which may have another time.
    billing_type = int(request.body["algoType"])
    if int(request.body["algoGroup"]) != billing_type or not passes_constants(request, {"owner": owner(tools.account)}):
        return 0, []
    counted, bills = 0, list(_session_bills(tools, billing_type))
    for algo_type in (algo_type for algo_type, billed_as in BILLING_TYPES.items() if billed_as == billing_type):
        of_type, tasks = _ended(request, tools, algo_type)
        counted += of_type
        bills += (bill for task in tasks for bill in _task_bills(tools.tasks.view(task)))
    return counted, bills


def _session_bills(tools: Toolbox, billing_type: int) -> Iterator[dict[str, Any]]:
    status = tools.tasks.lifecycle(names.TASK).states[names.TASK_COMPLETED].code
    for entry in SESSION_BILLS:
        if entry["algoType"] == billing_type:
            yield records.session_bill(tools.account, entry, status)


def _ended(request: OperationRequest, tools: Toolbox, algo_type: int) -> tuple[int, Iterator[Task]]:
    return tools.tasks.entries(
        names.TASK,
        str(algo_type),
        _ENDS,
        since=first_from(request.body["billStartTime"]),
        until=last_until(request.body["billEndTime"]),
        at_most=MAX_RECORDS,
    )


def _task_bills(view: TaskView) -> Iterator[dict[str, Any]]:
    return (records.bill(view, run) for run in runs(view) if run.ended is not None)


def _decimal(value: float) -> str:
    return f"{value:.4f}".rstrip("0").rstrip(".")


@handlers.operation("listVoiceBills")
def list_voice_bills(request: OperationRequest, tools: Toolbox) -> dict[str, Any]:
    """Use of voices by day, or summed by month, newest first."""
    days = (_daily(tools.account, entry) for entry in VOICE_BILLS)
    rows = [day for day in days if _is_in_range(day, request.body) and is_selected(request, day)]
    if int(request.body["statRange"]) == _MONTHLY:
        rows = _monthly(rows)
    rows.sort(key=lambda row: (row["billingDate"], row["id"]), reverse=True)
    return common.page_of(request, rows)


def _is_in_range(day: Mapping[str, Any], filters: Mapping[str, Any]) -> bool:
    return bool(filters["billStartTime"][:10] <= day["billingDate"] <= filters["billEndTime"][:10])


def _daily(account: Account, entry: Mapping[str, Any]) -> dict[str, Any]:
    day = datetime.fromtimestamp(account.created_at / 1000, CHINA) - timedelta(days=entry["daysAgo"])
    return {
        "id": entry["id"],
        "owner": owner(account),
        "algoType": entry["algoType"],
        "billingValue": entry["value"],
        "billingUnit": entry["billingUnit"],
        "billingDate": f"{day:%Y-%m-%d}",
        "billingMonth": None,
        "algoSubType1": entry["algoSubType1"],
        "algoSubType2": entry["algoSubType2"],
    }


def _monthly(days: list[dict[str, Any]]) -> list[dict[str, Any]]:
    months: dict[tuple[Any, ...], dict[str, Any]] = {}
    for day in days:
        month = day["billingDate"][:7]
        row = months.setdefault(
            (month, day["algoSubType1"], day["algoSubType2"]),
            {**day, "billingDate": f"{month}-01", "billingMonth": month, "billingValue": 0},
        )
        row["billingValue"] = round(row["billingValue"] + day["billingValue"], 4)
    return list(months.values())
