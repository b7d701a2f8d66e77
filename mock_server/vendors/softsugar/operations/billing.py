"""Bills (vendor document, lines 1679-1937)."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from bodydouble.mock_server.vendor_api.local_time import CHINA
from bodydouble.mock_server.vendor_api.vendor import ApiError, Handlers, OperationRequest
from bodydouble.mock_server.vendors.softsugar import records
from bodydouble.mock_server.vendors.softsugar.catalogue import SESSION_BILLS, VOICE_BILLS, owner
from bodydouble.mock_server.vendors.softsugar.operations.common import of_type, page_of, view
from bodydouble.mock_server.vendors.softsugar.records import BILLING_TYPES, COUNT, MILLISECONDS, SECONDS

handlers = Handlers()

# "Maximum 1000 records per query" (vendor document, line 1681).
MOST_RECORDS = 1000
_MONTHLY = 2
# What turns a unit into the one of the sum: minutes, and counts as they are.
_TO_SUM = {MILLISECONDS: 1 / 60_000, SECONDS: 1 / 60, COUNT: 1.0}


@handlers.reads("listBills")
def list_bills(request: OperationRequest) -> dict[str, Any]:
    """What ended tasks and live sessions cost, newest first, and the sum of the page."""
    wanted = request.body
    rows = _bills(request, int(wanted["algoType"])) if wanted["owner"] == owner(request.account) else []
    if int(wanted["algoGroup"]) != int(wanted["algoType"]):
        rows = []
    # Times of this form sort as text, which also keeps days that no calendar has from being an error.
    rows = [row for row in rows if wanted["billStartTime"] <= row["billingTime"] <= wanted["billEndTime"]]
    if len(rows) > MOST_RECORDS:
        raise ApiError(
            "billingRangeTooLarge", f"/billStartTime, /billEndTime: {len(rows)} records, at most {MOST_RECORDS} allowed"
        )
    rows.sort(key=lambda row: (row["billingTime"], row["id"]), reverse=True)
    page = page_of(request, rows)
    used = sum(row["billingValue"] * _TO_SUM[row["billingUnit"]] for row in page["result"])
    return {**page, "usedSum": _decimal(used), "usedModel2kSum": None, "usedModel4kSum": None}


def _bills(request: OperationRequest, billing_type: int) -> list[dict[str, Any]]:
    rows = [
        records.session_bill(request.account, entry) for entry in SESSION_BILLS if entry["algoType"] == billing_type
    ]
    for algo_type in (known for known, billed in BILLING_TYPES.items() if billed == billing_type):
        for task in of_type(request, algo_type):
            ended = (run for run in records.runs(task, request.now) if run.ended is not None)
            rows.extend(records.bill(view(request, task), run) for run in ended)
    return rows


def _decimal(value: float) -> str:
    return f"{value:.4f}".rstrip("0").rstrip(".")


@handlers.reads("listVoiceBills")
def list_voice_bills(request: OperationRequest) -> dict[str, Any]:
    """Use of voices by day, or summed by month, newest first."""
    wanted = request.body
    rows = [
        row
        for row in (_daily(request, entry) for entry in VOICE_BILLS)
        if wanted["owner"] == row["owner"]
        and int(wanted["algoType"]) == row["algoType"]
        and wanted["algoSubType1"] in ("", row["algoSubType1"])
        and wanted["algoSubType2"] in ("", row["algoSubType2"])
        and wanted["billStartTime"][:10] <= row["billingDate"] <= wanted["billEndTime"][:10]
    ]
    if int(wanted["statRange"]) == _MONTHLY:
        rows = _monthly(rows)
    rows.sort(key=lambda row: (row["billingDate"], row["id"]), reverse=True)
    return page_of(request, rows)


def _daily(request: OperationRequest, entry: Mapping[str, Any]) -> dict[str, Any]:
    made = datetime.fromtimestamp(request.account.created_at / 1000, CHINA)
    return {
        "id": entry["id"],
        "owner": owner(request.account),
        "algoType": entry["algoType"],
        "billingValue": entry["value"],
        "billingUnit": entry["billingUnit"],
        "billingDate": f"{made - timedelta(days=entry['daysAgo']):%Y-%m-%d}",
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
