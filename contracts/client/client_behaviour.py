"""What a client does under whole responses; under faults of the network, it is compared with that."""

from dataclasses import dataclass, field

from bodydouble.contracts.client.client_call import CallEnd
from bodydouble.contracts.client.response_generation import SUCCESS
from bodydouble.contracts.core.wire import WireResponse


@dataclass(slots=True)
class ClientBehaviour:
    """Records how calls ended.

    Attributes:
        handled: the shortest successful response, if possible with a body, with which the client has returned.
        results: the types of what it has returned for successful responses.
        requests: the most requests for the operation under test that it has sent for a successful response.
        raised_for_failure: whether it has raised an exception for a failed response.
        returned_for_failure: whether it has returned for one.
    """

    handled: WireResponse | None = None
    results: set[type] = field(default_factory=set)
    requests: int = 1
    raised_for_failure: bool = False
    returned_for_failure: bool = False

    @property
    def raises_for_failures(self) -> bool:
        """Whether the client tells failures by exceptions, always: then what it returns is a success."""
        return self.raised_for_failure and not self.returned_for_failure

    def record(self, kind: str, response: WireResponse, end: CallEnd, requests: int) -> None:
        """Record how a call ended.

        Args:
            kind: of the response.
            requests: how many the client has sent for the operation under test.
        """
        if end.interrupted or not requests:
            return
        if kind == SUCCESS:
            self._record_success(response, end, requests)
            return
        self.raised_for_failure |= end.error is not None
        self.returned_for_failure |= end.error is None

    def _record_success(self, response: WireResponse, end: CallEnd, requests: int) -> None:
        self.requests = max(self.requests, requests)
        if end.error is not None:
            return
        self.results.add(type(end.result))
        if self.handled is None or _richness(response) < _richness(self.handled):
            self.handled = response


def _richness(response: WireResponse) -> tuple[bool, int]:
    return not response.body, len(response.body)
