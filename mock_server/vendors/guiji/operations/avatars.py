"""3. Rapid Avatar Cloning, and 7.1 Historical Image Authorization."""

from typing import Any

from bodydouble.mock_server.store.tasks import Task
from bodydouble.mock_server.vendor_api.handlers import Handlers
from bodydouble.mock_server.vendor_api.request import OperationRequest
from bodydouble.mock_server.vendor_api.response import ApiError
from bodydouble.mock_server.vendor_api.toolbox import Toolbox
from bodydouble.mock_server.vendors.guiji import names, records
from bodydouble.mock_server.vendors.guiji.catalogue import AVATARS
from bodydouble.mock_server.vendors.guiji.names import Errors
from bodydouble.mock_server.vendors.guiji.operations import common

handlers = Handlers[Toolbox]()


@handlers.operation("createAvatarTraining", transaction=True)
def create_avatar_training(request: OperationRequest, tools: Toolbox) -> dict[str, Any]:
    """3.1: train an avatar, or submit a training that has ended anew."""
    target, name = common.callback(request, tools), request.body["name"]
    attributes = {
        "video_url": request.body["videoUrl"],
        "authorization": common.verification(request, tools, common.AVATAR_CONSENT),
    }
    earlier = request.body.get("id")
    if earlier is None:
        task = tools.tasks.create(
            names.TRAINING, key=int, name=name, attributes=attributes, files={"cover.png": {}}, callback=target
        )
    else:
        task = tools.tasks.resubmit(
            common.find(tools, names.TRAINING, int(earlier), "/id").task,
            error=Errors.concurrencyExceeded,
            name=name,
            attributes=attributes,
            callback=target,
        )
    tools.quotas.consume(names.QUOTA_TRAININGS, 1, Errors.insufficientBalance)
    return {"trainingId": task.number}


@handlers.operation("listAvatarTrainings")
def list_avatar_trainings(request: OperationRequest, tools: Toolbox) -> dict[str, Any]:
    """3.3: the account's trainings, newest first."""
    return common.page_of_tasks(request, tools, names.TRAINING, records.training)


@handlers.operation("getAvatarTraining")
def get_avatar_training(request: OperationRequest, tools: Toolbox) -> dict[str, Any]:
    """3.4: one training."""
    return records.training(common.find(tools, names.TRAINING, request.path["id"], "path parameter id"))


@handlers.operation("authorizeAvatar", transaction=True)
def authorize_avatar(request: OperationRequest, tools: Toolbox) -> bool:
    """7.1: give consent for a trained avatar later; the result shows in 3.4."""
    scene = int(request.body["sceneId"])
    if scene not in AVATARS:
        common.consent_again(request, tools, find_trained(tools, scene, "/sceneId"), common.AVATAR_CONSENT)
    return True


def find_trained(tools: Toolbox, scene: int, field: str) -> Task:
    """The training that made a scene.

    Raises:
        ApiError: avatarNotFound, if the account has none or it has not succeeded.
    """
    task = tools.tasks.get(names.TRAINING, -scene)
    if task is None or not tools.tasks.view(task).has_succeeded:
        detail = f"{field}: neither a public avatar nor a trained one of this account: {scene}"
        raise ApiError(Errors.avatarNotFound, detail)
    return task
