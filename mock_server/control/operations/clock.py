"""The accounts' clocks."""

from typing import Any

from bodydouble.mock_server.clock import wall_ms
from bodydouble.mock_server.control.operations.accounts import account_of
from bodydouble.mock_server.services.accounts import describe_clock
from bodydouble.mock_server.services.clocks import ClockError
from bodydouble.mock_server.vendor_api.vendor import ApiError, Handlers, OperationRequest

handlers = Handlers()

# The calendar that answers are written in ends not much later.
LATEST = 32_503_680_000_000


@handlers.reads("getClock")
def get_clock(request: OperationRequest) -> dict[str, Any]:
    """Show a clock."""
    # Not at the time of the request: an advance has taken its time, in which a running clock went on. But before the
    # clock is read: by the time that is shown, it may have been stopped.
    real = wall_ms()
    return describe_clock(account_of(request).clock, real)


@handlers.reads("freezeClock")
def freeze_clock(request: OperationRequest) -> dict[str, Any]:
    """Freeze a clock."""
    return describe_clock(request.services.clocks.set_mode(account_of(request), frozen=True), wall_ms())


@handlers.reads("runClock")
def run_clock(request: OperationRequest) -> dict[str, Any]:
    """Let a clock run."""
    return describe_clock(request.services.clocks.set_mode(account_of(request), frozen=False), wall_ms())


@handlers.reads("advanceClock")
def advance_clock(request: OperationRequest) -> dict[str, Any]:
    """Advance a clock by some seconds."""
    account, milliseconds = account_of(request), round(request.body["seconds"] * 1000)
    _require_calendar(account.clock.now(wall_ms()) + milliseconds)
    return _result(request, request.services.clocks.advance(account, milliseconds))


@handlers.reads("advanceClockTo")
def advance_clock_to(request: OperationRequest) -> dict[str, Any]:
    """Advance a clock to a time."""
    account, until = account_of(request), int(request.body["time"])
    _require_calendar(until)
    try:
        return _result(request, request.services.clocks.advance_to(account, until))
    except ClockError as error:
        raise ApiError("clockUnmovable", str(error)) from error


def _require_calendar(until: int) -> None:
    if until > LATEST:
        raise ApiError("clockUnmovable", "the year 3000 is the last")


def _result(request: OperationRequest, happened: list[dict[str, Any]]) -> dict[str, Any]:
    return {"clock": get_clock(request), "happened": happened}
