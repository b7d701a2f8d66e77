"""Deliveries: show them with their attempts, and send one again."""

from typing import Any

from bodydouble.contracts.redaction.fields import FieldRedactor
from bodydouble.mock_server.control.operations.accounts import account_of
from bodydouble.mock_server.store import deliveries
from bodydouble.mock_server.store.deliveries import Attempt, Delivery
from bodydouble.mock_server.vendor_api.vendor import ApiError, Handlers, OperationRequest

handlers = Handlers()

_DEFAULT_LIMIT = 100


def _describe(request: OperationRequest, found: list[Delivery]) -> list[dict[str, Any]]:
    attempts = deliveries.attempts_of(request.connection, [delivery.id for delivery in found])
    described = []
    for delivery in found:
        redactor = request.services.redactors[delivery.vendor]
        described.append(
            {
                "id": delivery.id,
                "vendor": delivery.vendor,
                "callback": delivery.callback,
                "task": delivery.task_id,
                "url": redactor.query(delivery.url),
                "state": delivery.state,
                "due_at": delivery.due_at,
                "attempts": [_attempt(attempt, redactor) for attempt in attempts[delivery.id]],
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
    }


def _delivery_of(request: OperationRequest) -> Delivery:
    account = account_of(request)
    delivery = deliveries.get(request.connection, request.path["deliveryId"])
    if delivery is None or delivery.account_id != account.id:
        raise ApiError("deliveryNotFound", request.path["deliveryId"])
    return delivery


@handlers.reads("listDeliveries")
def list_deliveries(request: OperationRequest) -> dict[str, Any]:
    """List an account's deliveries."""
    found = deliveries.search(
        request.connection,
        account_of(request).id,
        vendor=request.query.get("vendor"),
        state=request.query.get("state"),
        task_id=request.query.get("task"),
        limit=request.query.get("limit", _DEFAULT_LIMIT),
    )
    return {"deliveries": _describe(request, found)}


@handlers.reads("getDelivery")
def get_delivery(request: OperationRequest) -> dict[str, Any]:
    """Show a delivery."""
    return _describe(request, [_delivery_of(request)])[0]


@handlers.reads("resendDelivery")
def resend_delivery(request: OperationRequest) -> dict[str, Any]:
    """Make one more attempt now."""
    account, delivery = account_of(request), _delivery_of(request)
    if delivery.created_at > account.clock.now(request.real):
        raise ApiError("deliveryUnsendable", "what it announces has not happened yet")
    if not request.services.deliverer.resend(delivery):
        raise ApiError("deliveryUnsendable", "an attempt is under way")
    return _describe(request, [_delivery_of(request)])[0]
