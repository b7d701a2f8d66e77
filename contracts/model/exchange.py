"""A call of an operation, together with its response."""

from functools import cached_property
from typing import Any

from bodydouble.contracts.core.late_dataclass import dataclass
from bodydouble.contracts.core.strict_json import JsonTextError, parse_shared
from bodydouble.contracts.core.wire import WireRequest, WireResponse
from bodydouble.contracts.model.contract import Contract, Operation, ParsedRequest
from bodydouble.contracts.model.response_classifier import ResponseClass, classify


@dataclass(frozen=True)
class OperationExchange:
    """A request to an operation and its response; each is parsed at most once."""

    contract: Contract
    operation: Operation
    request: WireRequest
    response: WireResponse

    @cached_property
    def parsed(self) -> ParsedRequest | None:
        """The request in the terms of its operation; None if it went to another path or with another method."""
        values = self.operation.path_values(self.request.path)
        if values is None or self.request.method not in self.operation.methods:
            return None
        return self.operation.parse(self.request, values)

    @cached_property
    def succeeded(self) -> bool:
        """Whether a request in the form that its operation describes has succeeded."""
        return not self.response_class.failed and self.parsed is not None

    @cached_property
    def response_class(self) -> ResponseClass:
        """Whether the response is a success, or which error case of the operation it is."""
        return classify(self.contract, self.response, self.operation)

    @cached_property
    def content(self) -> Any:
        """The JSON of the response's body, not to be changed; None if it is none."""
        try:
            return parse_shared(self.response.body)
        except JsonTextError:
            return None

    @property
    def rejected(self) -> bool:
        """Whether the request was rejected: by an error case, or in a success that says so (`x-laws.rejection`)."""
        laws = self.operation.laws
        return self.response_class.failed or (laws is not None and laws.rejects(self.content))

    def without_bodies(self) -> "OperationExchange":
        """The same without bodies, queries and headers, which takes less memory."""
        request = WireRequest(self.request.method, self.request.path, "", {}, b"")
        return OperationExchange(self.contract, self.operation, request, WireResponse(self.response.status))
