"""Which operation of a contract a request is for."""

from collections.abc import Mapping
from dataclasses import field

from bodydouble.contracts.core.late_dataclass import dataclass
from bodydouble.contracts.core.path_template import PathTable, decoded
from bodydouble.contracts.core.wire import WireRequest
from bodydouble.contracts.model.contract import Contract, Operation
from bodydouble.contracts.model.path_router import PathRouter, with_form_as_query


@dataclass(frozen=True, slots=True)
class Match:
    """Which operation a request is for.

    Attributes:
        operation: None if there is none.
        request: the request in the form that the contract describes: where an operation takes its parameters from the
            query alone, a form body counts as query.
        path_values: the percent-decoded values of the path template.
        allowed: without an operation, the methods that the path has; empty for an unknown path.
    """

    operation: Operation | None
    request: WireRequest
    path_values: Mapping[str, str] = field(default_factory=dict)
    allowed: tuple[str, ...] = ()


class Matcher:
    """Finds operations; static paths come before templates, and one path's method does not fall through to another's.

    Args:
        contract: whose operations.
    """

    def __init__(self, contract: Contract) -> None:
        self._routers = PathTable(
            {path: PathRouter(operations) for path, operations in contract.operations_by_path.items()}
        )

    def match(self, request: WireRequest) -> Match:
        """Find the operation that a request is for."""
        match = self._routers.find(request.path)
        if match is None:
            return Match(None, request)
        router, values = match[0], decoded(match[1])
        operation, allowed = router.find(request)
        if operation is None:
            return Match(None, request, values, allowed)
        return Match(operation, request if operation.request_body else with_form_as_query(request), values)
