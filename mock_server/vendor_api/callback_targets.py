"""The target of the callbacks that a request asks for."""

from collections.abc import Mapping
from enum import Enum
from typing import Any

from bodydouble.mock_server.store.task_runtime import CallbackTarget
from bodydouble.mock_server.vendor_api.response import ApiError
from bodydouble.mock_server.vendor_api.toolbox import Toolbox


def callback_target(
    tools: Toolbox, url: str | None, error: Enum, field: str, context: Mapping[str, Any] | None = None
) -> CallbackTarget | None:
    """The target for the URL in a request; None without a URL.

    Args:
        field: where the URL stands in the request.
        context: what the delivery needs in addition to the task.

    Raises:
        ApiError: of the case `error`, if the operator does not allow the URL's host.
    """
    if url is None:
        return None
    objection = tools.objection_to(url)
    if objection is not None:
        raise ApiError(error, f"{field}: {objection}")
    return CallbackTarget(url, context or {})
