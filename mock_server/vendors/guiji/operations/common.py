"""What several chapters share: pages, callback URLs, consent."""

import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any

from bodydouble.mock_server.engine import plans
from bodydouble.mock_server.store.task_lists import Entry
from bodydouble.mock_server.store.task_runtime import CallbackTarget
from bodydouble.mock_server.store.tasks import Task
from bodydouble.mock_server.vendor_api import listing
from bodydouble.mock_server.vendor_api.callback_targets import callback_target
from bodydouble.mock_server.vendor_api.request import OperationRequest
from bodydouble.mock_server.vendor_api.task_view import TaskView
from bodydouble.mock_server.vendor_api.toolbox import Toolbox
from bodydouble.mock_server.vendors.guiji import names
from bodydouble.mock_server.vendors.guiji.names import Errors

Record = Mapping[str, Any]

# The fixed texts (vendor document, lines 229 and 472); the two names are variable.
AVATAR_CONSENT = re.compile(r"I am \S.*\. I consent \S.* clone my avatar for the synthesis of video\.")
VOICE_CONSENT = re.compile(r"I am \S.*\. I consent \S.* clone my voice for the synthesis of audio\.")


def page_of(request: OperationRequest, records: Iterable[Record]) -> dict[str, Any]:
    """The page that the request asks for of the records that it selects.

    Args:
        records: the whole list, in its order.
    """
    rows = listing.select(request, records)
    return _response(request, len(rows), listing.requested_page(request).of(rows))


def page_of_tasks(
    request: OperationRequest,
    tools: Toolbox,
    kind: str,
    record: Callable[[TaskView], Record],
    *,
    category: str | None = None,
    apart_from: Collection[str] = (),
    entry: Entry | None = None,
) -> dict[str, Any]:
    """The page of an account's tasks of a kind that the request asks for, newest first.

    Args:
        category: the tasks' category, if only those of one are listed.
        apart_from: the runtime expressions of filters that the tasks of the category pass, or that `entry` stands for.
        entry: as of `listing.page_of_tasks`.
    """
    page = listing.page_of_tasks(request, tools, kind, record, category=category, apart_from=apart_from, entry=entry)
    return _response(request, *page)


def _response(request: OperationRequest, total: int, records: Sequence[Record]) -> dict[str, Any]:
    return {**listing.page_fields(request, total), "records": records}


def find(tools: Toolbox, kind: str, key: str | int, field: str) -> TaskView:
    """A task of the account.

    Raises:
        ApiError: resourceNotFound, naming the field that the key came from.
    """
    return tools.tasks.find(kind, key, Errors.resourceNotFound, field)


def callback(request: OperationRequest, tools: Toolbox) -> CallbackTarget | None:
    """Where the result is to be sent.

    Raises:
        ApiError: callbackUrlRefused, if the operator does not allow its host.
    """
    return callback_target(tools, request.body.get("callbackUrl"), Errors.callbackUrlRefused, "/callbackUrl")


def consent_again(request: OperationRequest, tools: Toolbox, task: Task, consent: re.Pattern[str]) -> None:
    """Record a later consent for a trained avatar or voice. An earlier one that can be verified stays."""
    authorization = task.attributes["authorization"] or verification(request, tools, consent)
    tools.tasks.update(task, {**task.attributes, "authorization": authorization})


def verification(request: OperationRequest, tools: Toolbox, consent: re.Pattern[str]) -> dict[str, Any] | None:
    """The plan of verifying a consent, to store; None when its text is not the fixed one: it stays unverified."""
    if not consent.fullmatch(request.body["authorizeText"].strip()):
        return None
    return plans.make(tools.tasks.lifecycle(names.AUTHORIZATION), tools.now, tools.account.tempo).to_json()
