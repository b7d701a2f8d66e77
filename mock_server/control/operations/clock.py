"""The accounts' clocks."""

from typing import Any

from bodydouble.mock_server.clock import wall_ms
from bodydouble.mock_server.control.names import Errors
from bodydouble.mock_server.control.operations.accounts import account_of
from bodydouble.mock_server.control.toolbox import ControlToolbox
from bodydouble.mock_server.services.accounts import describe_clock
from bodydouble.mock_server.services.clock_events import ClockEvents
from bodydouble.mock_server.services.clocks import ClockError
from bodydouble.mock_server.vendor_api.handlers import Handlers
from bodydouble.mock_server.vendor_api.request import OperationRequest
from bodydouble.mock_server.vendor_api.response import ApiError

handlers = Handlers[ControlToolbox]()

# Python's calendar, in which responses show times, ends not much later.
LATEST = 32_503_680_000_000


@handlers.operation("getClock")
def get_clock(request: OperationRequest, tools: ControlToolbox) -> dict[str, Any]:
    """Show a clock."""
    # Not at the time of the request: during an advance, a running clock goes on.
    return describe_clock(*tools.clocks.read(account_of(request, tools)))


@handlers.operation("freezeClock")
def freeze_clock(request: OperationRequest, tools: ControlToolbox) -> dict[str, Any]:
    """Freeze a clock."""
    return describe_clock(tools.clocks.set_mode(account_of(request, tools), frozen=True), wall_ms())


@handlers.operation("runClock")
def run_clock(request: OperationRequest, tools: ControlToolbox) -> dict[str, Any]:
    """Let a clock run."""
    return describe_clock(tools.clocks.set_mode(account_of(request, tools), frozen=False), wall_ms())


@handlers.operation("advanceClock")
def advance_clock(request: OperationRequest, tools: ControlToolbox) -> dict[str, Any]:
    """Advance a clock by some seconds."""
    account, milliseconds = account_of(request, tools), round(request.body["seconds"] * 1000)
    _require_calendar(account.clock.now(wall_ms()) + milliseconds)
    try:
        return _result(request, tools, tools.clocks.advance(account, milliseconds, request.body.get("after")))
    except ClockError as error:
        raise ApiError(Errors.clockUnmovable, str(error)) from error


@handlers.operation("advanceClockTo")
def advance_clock_to(request: OperationRequest, tools: ControlToolbox) -> dict[str, Any]:
    """Advance a clock to a time."""
    account, until = account_of(request, tools), int(request.body["time"])
    _require_calendar(until)
    try:
        return _result(request, tools, tools.clocks.advance_to(account, until, request.body.get("after")))
    except ClockError as error:
        raise ApiError(Errors.clockUnmovable, str(error)) from error


def _require_calendar(until: int) -> None:
    if until > LATEST:
        raise ApiError(Errors.clockUnmovable, "the year 3000 is the last")


def _result(request: OperationRequest, tools: ControlToolbox, happened: ClockEvents) -> dict[str, Any]:
    return {
        "clock": get_clock(request, tools),
        "happened": happened.events,
        "counts": {"transitions": happened.transitions, "deliveries": happened.deliveries},
        "next": happened.following,
    }
