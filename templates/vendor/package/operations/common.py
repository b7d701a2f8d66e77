"""What several chapters share: tasks by id, callback URLs."""

from bodydouble.mock_server.store.task_runtime import CallbackTarget
from bodydouble.mock_server.vendor_api.callback_targets import callback_target
from bodydouble.mock_server.vendor_api.request import OperationRequest
from bodydouble.mock_server.vendor_api.task_view import TaskView
from bodydouble.mock_server.vendor_api.toolbox import Toolbox
from bodydouble.mock_server.vendors.acme_cloud import names
from bodydouble.mock_server.vendors.acme_cloud.names import Errors


def find(request: OperationRequest, tools: Toolbox) -> TaskView:
    """The task that the path names.

    Raises:
        ApiError: taskNotFound.
    """
    return tools.tasks.find(names.TASK, request.path["id"], Errors.taskNotFound, "path parameter id")


def callback(request: OperationRequest, tools: Toolbox) -> CallbackTarget | None:
    """Where the end of the task is to be reported.

    Raises:
        ApiError: callbackUrlRefused, if the operator does not allow its host.
    """
    return callback_target(tools, request.body.get("callbackUrl"), Errors.callbackUrlRefused, "/callbackUrl")
