"""3. Rapid Avatar Cloning, and 7.1 Historical Image Authorization."""

from typing import Any

from bodydouble.mock_server.store import tasks
from bodydouble.mock_server.store.tasks import Task
from bodydouble.mock_server.vendor_api.vendor import ApiError, Handlers, OperationRequest
from bodydouble.mock_server.vendors.guiji import records
from bodydouble.mock_server.vendors.guiji.authentication import NAME
from bodydouble.mock_server.vendors.guiji.catalogue import AVATARS
from bodydouble.mock_server.vendors.guiji.operations.common import (
    AVATAR_CONSENT,
    callback_url,
    charge,
    consent_again,
    find,
    page_of_tasks,
    verification,
)

handlers = Handlers()


@handlers.writes("createAvatarTraining")
def create_avatar_training(request: OperationRequest) -> dict[str, Any]:
    """3.1: train an avatar, or submit a training that has ended anew."""
    url = callback_url(request)
    attributes = {
        "video_url": request.body["videoUrl"],
        "authorization": verification(request, AVATAR_CONSENT),
        "files": {"cover.png": {}},
    }
    earlier = request.body.get("id")
    if earlier is not None:
        task = find(request, records.TRAINING, int(earlier), "/id")
        task = request.services.tasks.resubmit(
            request,
            task,
            refusal="concurrencyExceeded",
            name=request.body["name"],
            attributes=attributes,
            callback_url=url,
        )
    else:
        task = request.services.tasks.create(
            request, records.TRAINING, key=int, name=request.body["name"], attributes=attributes, callback_url=url
        )
    charge(request, "fastTrainingAmount", 1)
    return {"trainingId": task.number}


@handlers.reads("listAvatarTrainings")
def list_avatar_trainings(request: OperationRequest) -> dict[str, Any]:
    """3.3: the account's trainings, newest first."""
    return page_of_tasks(request, records.TRAINING, records.training)


@handlers.reads("getAvatarTraining")
def get_avatar_training(request: OperationRequest) -> dict[str, Any]:
    """3.4: one training."""
    task = find(request, records.TRAINING, request.path["id"], "path parameter id")
    return records.training(request.account, task, request.now)


@handlers.writes("authorizeAvatar")
def authorize_avatar(request: OperationRequest) -> bool:
    """7.1: give consent for a trained avatar later; the result shows in 3.4."""
    scene = int(request.body["sceneId"])
    if scene in AVATARS:
        return True
    consent_again(request, find_trained(request, scene, "/sceneId"), AVATAR_CONSENT)
    return True


def find_trained(request: OperationRequest, scene: int, field: str) -> Task:
    """The training that made a scene.

    Raises:
        ApiError: resourceNotFound, if the account has none or it has not succeeded.
    """
    task = tasks.get(request.connection, request.account.id, NAME, records.TRAINING, str(-scene))
    if task is None or not records.succeeded(task, request.now):
        raise ApiError(
            "resourceNotFound", f"{field}: neither a public avatar nor a trained one of this account: {scene}"
        )
    return task
