"""How tasks look on the wire: one function for details, lists and callbacks alike."""

from typing import Any

from bodydouble.mock_server.vendor_api.task_view import TaskView
from bodydouble.mock_server.vendors.acme_cloud import names

# The extension says what is made: mp4, wav, png, srt, ...
RESULT = "video.mp4"


def task(view: TaskView) -> dict[str, Any]:
    """A task's record."""
    return {
        "id": view.task.number,
        "name": view.task.name,
        "status": view.code,
        "resultUrl": view.file_url(RESULT) if view.state == names.TASK_SUCCESS else None,
    }
