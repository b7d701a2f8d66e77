"""What an error says; the rest of the envelope is the contract's."""

from bodydouble.contracts.core.wire import WireRequest
from bodydouble.contracts.model.contract import ErrorCase
from bodydouble.mock_server.vendor_api.response import ApiError

# The limit of `error_msg` in the contract.
MAX_MESSAGE = 4096


def words(case: ErrorCase, error: ApiError, request: WireRequest) -> tuple[int | str, str]:
    """The code of an error case, and its message with what exactly is wrong, cut at the limit."""
    return case.code, error.explain(case.message)[:MAX_MESSAGE]
