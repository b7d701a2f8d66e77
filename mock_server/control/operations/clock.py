"""The accounts' clocks."""

from typing import Any

from mock_server.accounts import describe_clock
from mock_server.clocks import ClockError
from mock_server.control.operations.accounts import account_of
from mock_server.store.accounts import Account
from mock_server.vendor import Handlers, OperationRequest, Refusal

handlers = Handlers()

# The calendar that answers are written in ends not much later.
LATEST = 32_503_680_000_000


@handlers.reads("getClock")
def get_clock(request: OperationRequest) -> dict[str, Any]:
    """Show a clock."""
    return describe_clock(account_of(request).clock, request.real)


@handlers.reads("freezeClock")
def freeze_clock(request: OperationRequest) -> dict[str, Any]:
    """Freeze a clock."""
    return describe_clock(request.services.clocks.set_mode(account_of(request), frozen=True), request.real)


@handlers.reads("runClock")
def run_clock(request: OperationRequest) -> dict[str, Any]:
    """Let a clock run."""
    return describe_clock(request.services.clocks.set_mode(account_of(request), frozen=False), request.real)


@handlers.reads("advanceClock")
def advance_clock(request: OperationRequest) -> dict[str, Any]:
    """Advance a clock by some seconds."""
    account = account_of(request)
    return _advance(request, account, account.clock.now(request.real) + round(request.body["seconds"] * 1000))


@handlers.reads("advanceClockTo")
def advance_clock_to(request: OperationRequest) -> dict[str, Any]:
    """Advance a clock to a time."""
    return _advance(request, account_of(request), int(request.body["time"]))


def _advance(request: OperationRequest, account: Account, until: int) -> dict[str, Any]:
    if until > LATEST:
        raise Refusal("clockUnmovable", "the year 3000 is the last")
    try:
        happened = request.services.clocks.advance_to(account, until)
    except ClockError as error:
        raise Refusal("clockUnmovable", str(error)) from error
    return {"clock": get_clock(request), "happened": happened}
