"""A line in the log for each request, and the id by which all lines of a request belong together."""

import logging
import re
import threading
import uuid
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

    from bodydouble.mock_server.store.journal import Entry

logger = logging.getLogger(__name__)

# The attribute of a log record that has what a line of JSON shows in members of its own.
FIELDS = "fields"
# What proxies make; anything else may be something that belongs in no log.
_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")


# Of each thread, `names`: the id that the request has brought, and the one that is used, once it is known.
_CURRENT = threading.local()


def begin_request(environ: "WSGIEnvironment") -> None:
    """Say that the calling thread serves this request from now on."""
    # Most requests log nothing: the id is made when it is needed.
    _CURRENT.names = [environ.get("HTTP_X_REQUEST_ID")]


def request_id() -> str | None:
    """The id of the request that the calling thread serves: that of its header X-Request-Id, or a random one."""
    names: list[str | None] | None = getattr(_CURRENT, "names", None)
    if names is None:
        return None
    if len(names) == 1:
        supplied = names[0]
        names.append(supplied if supplied is not None and _ID.fullmatch(supplied) else uuid.uuid4().hex)
    return names[1]


def log_request(entry: "Entry") -> None:
    """Log a request, at level info; neither its address nor anything that its sender has chosen is shown."""
    if not logger.isEnabledFor(logging.INFO):
        return
    fields = {
        "vendor": entry.vendor,
        "operation": entry.operation,
        "status": entry.status,
        "error": entry.error,
        "duration_ms": entry.duration,
        "account": entry.account_id,
        "task": entry.task_id,
        "conforms": entry.conforms,
    }
    logger.info(
        "%s %s: %d %s", entry.vendor, entry.operation, entry.status, entry.error or "success", extra={FIELDS: fields}
    )
