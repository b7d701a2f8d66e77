"""Deliveries: show them with their attempts, and send one again."""

from typing import Any

from bodydouble.contracts.redaction.fields import FieldRedactor
from bodydouble.mock_server.control.names import Errors
from bodydouble.mock_server.control.operations.accounts import account_of
from bodydouble.mock_server.control.toolbox import ControlToolbox
from bodydouble.mock_server.store import attempts, deliveries, delivery_lists
from bodydouble.mock_server.store.deliveries import Attempt, Delivery
from bodydouble.mock_server.vendor_api.handlers import Handlers
from bodydouble.mock_server.vendor_api.listing import requested_page
from bodydouble.mock_server.vendor_api.request import OperationRequest
from bodydouble.mock_server.vendor_api.response import ApiError

handlers = Handlers[ControlToolbox]()


def _describe(tools: ControlToolbox, selected: list[Delivery]) -> list[dict[str, Any]]:
    attempted = attempts.of_deliveries(tools.connection, [delivery.id for delivery in selected])
    described = []
    for delivery in selected:
        redactor = tools.redactors[delivery.vendor]
        described.append(
            {
                "id": delivery.id,
                "vendor": delivery.vendor,
                "callback": delivery.callback,
                "task": delivery.task_id,
                "url": redactor.query(delivery.url),
                "state": delivery.state,
                "due_at": delivery.due_at,
                "attempts": [_attempt(attempt, redactor) for attempt in attempted[delivery.id]],
            }
        )
    return described


def _attempt(attempt: Attempt, redactor: FieldRedactor) -> dict[str, Any]:
    return {
        "number": attempt.number,
        "trigger": attempt.trigger,
        "at": attempt.at,
        "url": redactor.query(attempt.url),
        "request_headers": redactor.headers(attempt.request_headers),
        "request_body": redactor.text(attempt.request_body.decode()),
        "status": attempt.status,
        "response_body": attempt.response_body,
        "duration": attempt.duration,
        "outcome": attempt.outcome,
        "error": attempt.error,
        "next_attempt_at": attempt.next_attempt_at,
        "faults": attempt.faults,
    }


def _delivery_of(request: OperationRequest, tools: ControlToolbox, delivery_id: str) -> Delivery:
    account = account_of(request, tools)
    delivery = deliveries.get(tools.connection, delivery_id)
    if delivery is None or delivery.account_id != account.id:
        raise ApiError(Errors.deliveryNotFound, delivery_id)
    return delivery


@handlers.operation("listDeliveries")
def list_deliveries(request: OperationRequest, tools: ControlToolbox) -> dict[str, Any]:
    """List an account's deliveries."""
    before = request.query.get("before")
    selected = delivery_lists.search(
        tools.connection,
        account_of(request, tools).id,
        vendor=request.query.get("vendor"),
        state=request.query.get("state"),
        task_id=request.query.get("task"),
        before=None if before is None else _delivery_of(request, tools, before),
        limit=requested_page(request).size,
    )
    return {"deliveries": _describe(tools, selected)}


@handlers.operation("getDelivery")
def get_delivery(request: OperationRequest, tools: ControlToolbox) -> dict[str, Any]:
    """Show a delivery."""
    return _describe(tools, [_delivery_of(request, tools, request.path["deliveryId"])])[0]


@handlers.operation("resendDelivery")
def resend_delivery(request: OperationRequest, tools: ControlToolbox) -> dict[str, Any]:
    """Make one more attempt now."""
    account, delivery = account_of(request, tools), _delivery_of(request, tools, request.path["deliveryId"])
    if delivery.created_at > account.clock.now(request.wall_ms):
        raise ApiError(Errors.deliveryUnsendable, "its event has not happened yet")
    if not tools.deliverer.resend(delivery):
        raise ApiError(Errors.deliveryUnsendable, "an attempt is under way")
    return _describe(tools, [_delivery_of(request, tools, request.path["deliveryId"])])[0]
