"""The one place through which a test of an endpoint sends: counts, keeps to the budget and to the rate."""

import threading
from collections import Counter
from collections.abc import Mapping
from typing import Any
from unittest import SkipTest

import requests
from requests.adapters import HTTPAdapter

from bodydouble.contracts.core import clock
from bodydouble.contracts.core.wire import WireRequest, WireResponse

TIMEOUT = 30.0


class BudgetSpent(SkipTest):
    """A request to a metered operation would go beyond the budget; it was not sent.

    What test engines take for a wish to skip the rest: the operation has had what it may have.
    """


class Unreachable(RuntimeError):
    """Nobody answers at the endpoint; the message says why."""


class Pace:
    """Spreads requests evenly over time.

    Args:
        rate: at most so many a second; None for no limit.
    """

    def __init__(self, rate: float | None) -> None:
        self._interval = 0.0 if rate is None else 1 / rate
        self._next = clock.monotonic()
        self._lock = threading.Lock()

    def wait(self) -> None:
        """Return when the next request may leave."""
        if not self._interval:
            return
        with self._lock:
            now = clock.monotonic()
            slot = max(now, self._next)
            self._next = slot + self._interval
        if slot > now:
            clock.sleep(slot - now)


class Budget:
    """How many requests metered operations may get; counted before they leave, whatever becomes of them.

    Args:
        limit: for all together; None for no limit.
        shares: how many of them each metered operation may get while the shares hold.
    """

    def __init__(self, limit: int | None, shares: Mapping[str, int]) -> None:
        self._limit = limit
        self._shares = shares
        self._held = limit is not None
        self._spent: Counter[str] = Counter()
        self._lock = threading.Lock()

    @property
    def spent(self) -> int:
        """How many have been sent."""
        return self._spent.total()

    def lift_shares(self) -> None:
        """From now on, what is left is for whoever comes first."""
        self._held = False

    def affords(self, operation: str, count: int = 1) -> bool:
        """Whether some more requests to an operation fit."""
        if self._limit is None or operation not in self._shares:
            return True
        if self._held and self._spent[operation] + count > self._shares[operation]:
            return False
        return self.spent + count <= self._limit

    def take(self, operation: str) -> None:
        """Count a request that is about to leave.

        Raises:
            BudgetSpent: it must not leave.
        """
        with self._lock:
            if not self.affords(operation):
                raise BudgetSpent(operation)
            if operation in self._shares:
                self._spent[operation] += 1


class Gate(HTTPAdapter):
    """Lets requests of a session out, if the budget allows, at the rate."""

    operation = ""

    def __init__(self, traffic: "Traffic") -> None:
        super().__init__()
        self._traffic = traffic

    def send(self, *arguments: Any, **options: Any) -> requests.Response:
        """Send; the one place where a request leaves.

        Raises:
            BudgetSpent: it must not leave.
        """
        self._traffic.budget.take(self.operation)
        self._traffic.pace.wait()
        self._traffic.requests += 1
        return super().send(*arguments, **{**options, **self._traffic.way_out})


class Traffic:
    """All that is sent to one endpoint in a run.

    Args:
        base_url: scheme, host and port.
        timeout: seconds for an answer.

    Attributes:
        requests: how many have been sent.
        way_out: the proxies and certificates that the environment names for the endpoint.
    """

    def __init__(self, base_url: str, budget: Budget, pace: Pace, timeout: float = TIMEOUT) -> None:
        self.base_url = base_url.rstrip("/")
        self.budget = budget
        self.pace = pace
        self.timeout = timeout
        self.requests = 0
        # What the environment says of proxies and certificates is read once, not with every request.
        said = requests.Session().merge_environment_settings(self.base_url, {}, None, None, None)
        self.way_out = {"proxies": said["proxies"], "verify": said["verify"]}
        self._session = requests.Session()

    def guard(self, session: requests.Session, operation: str = "") -> None:
        """Make a session send through the gate.

        Args:
            operation: the operation that its next requests are to; empty for none.
        """
        gate = session.get_adapter(self.base_url + "/")
        if not isinstance(gate, Gate):
            gate = Gate(self)
            session.mount("http://", gate)
            session.mount("https://", gate)
            # Credentials of a .netrc are none of the test's.
            session.trust_env = False
        gate.operation = operation

    def send(self, request: WireRequest, operation: str = "") -> WireResponse:
        """Send a request; follows no redirects.

        Raises:
            BudgetSpent: the operation is metered, and the budget is spent.
            requests.RequestException: there was no answer.
        """
        url = self.base_url + request.path + (f"?{request.query}" if request.query else "")
        prepared = requests.Request(request.method, url, data=request.body or None).prepare()
        # As it is, to the byte: a signature may depend on how it is encoded.
        prepared.url = url
        kept = {name: value for name, value in request.headers.items() if name not in ("host", "content-length")}
        prepared.headers.update(kept)
        return self.send_prepared(prepared, operation)

    def send_prepared(self, prepared: requests.PreparedRequest, operation: str) -> WireResponse:
        """Send a request as `requests` has prepared it; raises what `send` raises."""
        self.guard(self._session, operation)
        answer = self._session.send(prepared, timeout=self.timeout, allow_redirects=False)
        headers = {name.lower(): text for name, text in answer.headers.items()}
        return WireResponse(answer.status_code, headers, answer.content)

    def require_answer(self) -> None:
        """Find out whether there is an endpoint, before anything else is asked of it.

        Raises:
            Unreachable: there is none.
        """
        try:
            self._knock()
        except (requests.RequestException, ValueError) as error:
            raise Unreachable(f"{self.base_url}: {type(error).__name__}: nobody answers there") from error

    def answers(self) -> bool:
        """Whether there is still an endpoint."""
        try:
            self._knock()
        except (requests.RequestException, ValueError):
            return False
        return True

    def _knock(self) -> None:
        self.send(WireRequest("GET", "/", "", {}, b""))
