"""Calls the client under faults of the network, and records how it fails on them."""

import itertools
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from bodydouble.contracts.client.client_behaviour import ClientBehaviour
from bodydouble.contracts.client.client_call import CallEnd, ClientCall
from bodydouble.contracts.client.failures import Place, failure_of, place_of
from bodydouble.contracts.client.options import ClientOptions
from bodydouble.contracts.client.report import Failure, sent_text
from bodydouble.contracts.client.response_faults import FAULTS, ResponseFault
from bodydouble.contracts.client.response_generation import SUCCESS
from bodydouble.contracts.client.stub_server import StubServer
from bodydouble.contracts.core.printable import counted
from bodydouble.contracts.core.wire import WireResponse
from bodydouble.contracts.model.contract import Operation, ParsedRequest
from bodydouble.contracts.model.request_values import requested

# The name under which a report counts these responses.
UNDER_FAULTS = "under faults"
METERED = "metered"
# What Python itself raises for a mistake in the code, and a failed assertion. Not what is derived from them.
MISTAKES = frozenset(
    {
        AssertionError,
        AttributeError,
        IndexError,
        KeyError,
        NameError,
        TypeError,
        UnboundLocalError,
        ZeroDivisionError,
    }
)


class CreatedTwiceError(Exception):
    """The client has repeated a request that costs, although it had been processed."""


class IncompleteSuccessError(Exception):
    """The client has returned as for a success, without a whole response."""


class FaultExplorer:
    """Goes through the faults, and keeps each failure with the faults that lead to it.

    Args:
        operation: the operation under test.
        behaviour: what the client does under whole responses.

    Attributes:
        responses: how many damaged responses the client got, under one name.
        failures: by the place in the client's code, or by the rule.
    """

    def __init__(
        self,
        operation: Operation,
        stub: StubServer,
        client: ClientCall,
        options: ClientOptions,
        behaviour: ClientBehaviour,
    ) -> None:
        self._operation = operation
        self._stub = stub
        self._client = client
        self._options = options
        self._behaviour = behaviour
        self.responses: Counter[str] = Counter()
        self.failures: dict[Place, Failure] = {}

    def explore(self) -> None:
        """Try every fault on a response that the client has handled; nothing if there is none.

        A fault strikes all requests of a call; then, if the client has tried again, only the first of another call.
        """
        response = self._behaviour.handled
        for fault in FAULTS if response is not None else ():
            if response is None or (fault.needs_body and not response.body):
                continue
            self._try(response, fault, self._options.max_requests)
            if self._stub.tested_requests > self._behaviour.requests:
                self._try(response, fault, 1)

    def _try(self, response: WireResponse, fault: ResponseFault, strikes: int) -> None:
        if self._client.is_stuck:
            return
        end = self._client(response, fault, strikes)
        self.responses[UNDER_FAULTS] += 1
        for error in self._violations(fault, end):
            self._record(error, response, fault)

    def _record(self, error: BaseException, response: WireResponse, fault: ResponseFault) -> None:
        place = place_of(error)
        failure = self.failures.get(place)
        if failure is None:
            failure = failure_of(self._stub, error, SUCCESS, response)
        if fault.name not in failure.faults:
            sent = failure.sent or sent_text(fault.transmission(response).pieces)
            failure = replace(failure, faults=(*failure.faults, fault.name), sent=sent)
        self.failures[place] = failure

    def _violations(self, fault: ResponseFault, end: CallEnd) -> list[BaseException]:
        violations: list[BaseException] = []
        if end.error is not None and not self._is_clear(end):
            violations.append(end.error)
        if end.error is None and self._is_incomplete(end):
            result = type(end.result).__name__
            violations.append(IncompleteSuccessError(f"the client returned ({result}), and never got a whole response"))
        if fault.processed and self._repeated():
            sent = counted(self._stub.tested_requests, "request")
            violations.append(
                CreatedTwiceError(f"{self._operation.id} costs, and was processed; the client repeated it ({sent})")
            )
        return violations

    def _is_clear(self, end: CallEnd) -> bool:
        if end.interrupted:
            return False
        if isinstance(end.error, self._options.allowed):
            return True
        if self._options.fault_errors is not None:
            return isinstance(end.error, self._options.fault_errors)
        return type(end.error) not in MISTAKES

    def _is_incomplete(self, end: CallEnd) -> bool:
        behaviour = self._behaviour
        return (
            bool(self._stub.tested_requests)
            and not self._stub.whole_responses
            and behaviour.raises_for_failures
            and type(end.result) in behaviour.results
        )

    def _repeated(self) -> bool:
        """Whether the client has sent the request again, and has not looked in between what became of the first."""
        if self._operation.cost != METERED:
            return False
        own = [number for number, (operation, _) in enumerate(self._stub.calls) if operation is self._operation]
        repeated = own[self._behaviour.requests - 1 :]
        pairs = itertools.pairwise(repeated)
        calls = self._stub.calls
        return any(
            not self._is_same(calls[first][1], calls[second][1]) and not _looks(calls[first + 1 : second])
            for first, second in pairs
        )

    def _is_same(self, first: ParsedRequest, second: ParsedRequest) -> bool:
        """Whether the vendor can tell, by an identifier of the caller's own, that both are about one create."""
        laws = self._operation.laws
        if laws is None or laws.again is None or laws.gives_new_id(second):
            return False
        return bool(requested(laws.again, first) == requested(laws.again, second))


def _looks(calls: Sequence[tuple[Operation, ParsedRequest]]) -> bool:
    return any(not operation.token_lives for operation, _ in calls)
