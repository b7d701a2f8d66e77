"""What several chapters share: tasks by id, callback URLs."""

from bodydouble.mock_server.vendors.acme_cloud.names import TASK, Errors

from bodydouble.mock_server.store.task_runtime import CallbackTarget
from bodydouble.mock_server.store.tasks import Task
from bodydouble.mock_server.vendor_api.request import OperationRequest
from bodydouble.mock_server.vendor_api.response import ApiError
from bodydouble.mock_server.vendor_api.toolbox import Toolbox


def find(request: OperationRequest, tools: Toolbox) -> Task:
    """The task that the path names.

    Raises:
        ApiError: taskNotFound.
    """
    return tools.tasks.find(TASK, request.path["id"], Errors.taskNotFound, "path parameter id")


def callback(request: OperationRequest, tools: Toolbox) -> CallbackTarget | None:
    """Where the end of the task is to be reported.

    Raises:
        ApiError: callbackUrlRefused, if the operator does not allow its host.
    """
    url: str | None = request.body.get("callbackUrl")
    if url is None:
        return None
    objection = tools.objection_to(url)
    if objection is not None:
        raise ApiError(Errors.callbackUrlRefused, f"/callbackUrl: {objection}")
    return CallbackTarget(url)
