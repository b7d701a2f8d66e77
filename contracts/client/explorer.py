"""Goes through the responses of an operation, and records how a client fails on them."""

from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import hypothesis
from hypothesis.errors import Unsatisfiable

from bodydouble.contracts.client.client_behaviour import ClientBehaviour
from bodydouble.contracts.client.client_call import ClientCall
from bodydouble.contracts.client.failures import Place, failure_of, place_of
from bodydouble.contracts.client.options import ClientOptions
from bodydouble.contracts.client.report import Failure
from bodydouble.contracts.client.response_changes import ResponseChanges
from bodydouble.contracts.client.response_generation import SUCCESS, ResponseKind
from bodydouble.contracts.client.stub_server import StubServer
from bodydouble.contracts.core.json_shrinker import shrink
from bodydouble.contracts.core.strict_json import parse
from bodydouble.contracts.core.wire import WireResponse

# Error cases differ only in code and message.
ERROR_EXAMPLES = 3


class Explorer:
    """Goes through kinds of responses, and keeps each failure with the smallest response that leads to it.

    Attributes:
        responses: how many the client got, by kind.
        failures: by the place in the client's code.
        behaviour: what the client has done.
    """

    def __init__(self, stub: StubServer, client: ClientCall, options: ClientOptions) -> None:
        self._stub = stub
        self._client = client
        self._options = options
        self.responses: Counter[str] = Counter()
        self.behaviour = ClientBehaviour()
        self.failures: dict[Place, Failure] = {}

    def explore(self, kind: ResponseKind) -> None:
        """Try responses of a kind: generated ones, then one that the client has handled, changed in single places."""
        failures: dict[Place, Failure] = {}
        changes = ResponseChanges(kind)

        def handles(response: WireResponse) -> bool:
            if self._client.is_stuck:
                return False
            self.responses[kind.name] += 1
            failure = self._failure(kind, response)
            # Raises nothing, so that Hypothesis goes on: one failure must not hide the next.
            if failure is not None and failure[0] not in self.failures:
                failures.setdefault(*failure)
            return failure is None

        def try_and_record(response: WireResponse) -> None:
            handled = handles(response)
            if kind.name == SUCCESS:
                changes.record(response, handled=handled)

        with suppress(Unsatisfiable):
            self._generate(kind, try_and_record)
        if kind.name == SUCCESS:
            for response in changes.responses(self._options.seed, self._options.changes):
                handles(response)
        for place, failure in failures.items():
            self.failures[place] = self._smallest(kind, place, failure)

    def _generate(self, kind: ResponseKind, attempt: Callable[[WireResponse], None]) -> None:
        @hypothesis.seed(self._options.seed)
        @hypothesis.settings(
            max_examples=self._options.examples if kind.name == SUCCESS else ERROR_EXAMPLES,
            database=None,
            deadline=None,
            phases=[hypothesis.Phase.generate],
            # Health checks rate how well a strategy draws: that depends on the specification, not on the client.
            suppress_health_check=list(hypothesis.HealthCheck),
        )
        @hypothesis.given(kind.responses)
        def generated(response: WireResponse) -> None:
            attempt(response)

        generated()

    def _smallest(self, kind: ResponseKind, place: Place, failure: Failure) -> Failure:
        if not failure.response.body:
            return failure
        smallest = failure
        headers = kind.headers

        def fails_there(content: Any) -> bool:
            nonlocal smallest
            response = kind.with_body(content, headers)
            failed = None if response is None else self._failure(kind, response)
            if failed is None or failed[0] != place:
                return False
            smallest = failed[1]
            return True

        document = parse(failure.response.body)
        if self._client.is_stuck:
            return failure
        if not fails_there(document):
            # The headers cause the failure.
            headers = failure.response.headers
        # First whole inner documents, then the texts that they are in.
        shrink(kind.opened(document), lambda content: fails_there(kind.encoded(content)))
        shrink(parse(smallest.response.body), fails_there)
        return smallest

    def _failure(self, kind: ResponseKind, response: WireResponse) -> tuple[Place, Failure] | None:
        end = self._client(response)
        self.behaviour.record(kind.name, response, end, self._stub.tested_requests)
        if end.error is None or isinstance(end.error, self._options.allowed):
            return None
        return place_of(end.error), failure_of(self._stub, end.error, kind.name, response)
