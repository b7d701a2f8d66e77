"""What the sender of a request is told when the server fails to serve it."""

from bodydouble.mock_server.store.failures import is_failure, reason

# The condition that failures of the database lead to.
UNAVAILABLE = "unavailable"


def told(error: BaseException) -> tuple[str, str]:
    """The general condition of a request that failed with an error, and the detail to show.

    A failure of the database is nobody's mistake: everybody may know of it, and a retry may succeed.
    """
    if is_failure(error):
        return UNAVAILABLE, f"the state cannot be used: {reason(error)}"
    return "internal-error", type(error).__name__
