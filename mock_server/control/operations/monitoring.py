"""Monitoring: what programs that watch the server ask it again and again."""

from typing import Any

from bodydouble.mock_server.control.names import Errors
from bodydouble.mock_server.control.toolbox import ControlToolbox
from bodydouble.mock_server.services.metrics.text_format import MEDIA_TYPE
from bodydouble.mock_server.vendor_api.handlers import Handlers
from bodydouble.mock_server.vendor_api.request import OperationRequest
from bodydouble.mock_server.vendor_api.response import ApiError, Text

handlers = Handlers[ControlToolbox]()


@handlers.operation("getLiveness", monitoring=True)
def get_liveness(request: OperationRequest, tools: ControlToolbox) -> dict[str, Any]:
    """Say that the process serves requests at all."""
    return {"status": "live"}


@handlers.operation("getReadiness", monitoring=True)
def get_readiness(request: OperationRequest, tools: ControlToolbox) -> dict[str, Any]:
    """Say whether this server can do what requests ask for, or why it cannot."""
    problems = tools.monitoring.problems()
    if problems:
        raise ApiError(Errors.notReady, "; ".join(problems))
    return {"status": "ready"}


@handlers.operation("getMetrics", monitoring=True)
def get_metrics(request: OperationRequest, tools: ControlToolbox) -> Text:
    """Everything that is counted and measured."""
    return Text(tools.monitoring.metrics(), MEDIA_TYPE)
