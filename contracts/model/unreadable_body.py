"""Why the body of a request cannot be read, where its header says more than its bytes."""

from bodydouble.contracts.core.content_coding import content_codings
from bodydouble.contracts.core.wire import WireRequest
from bodydouble.contracts.model.violation import Violation


def unreadable_body(request: WireRequest, violation: Violation) -> Violation:
    """The violation by a body that is no text of its type: the content coding, if its header declares one."""
    codings = content_codings(request.headers.get("content-encoding", ""))
    if not codings:
        return violation
    return Violation("body", "", "content-encoding", ", ".join(codings), "a body without a content coding")
