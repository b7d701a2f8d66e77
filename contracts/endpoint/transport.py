"""The one place through which a test of an endpoint sends: it counts requests, and enforces budget and rate."""

import threading
from collections import Counter
from collections.abc import Mapping
from typing import Any
from unittest import SkipTest

import requests
from requests.adapters import HTTPAdapter

from bodydouble.contracts.core import clock
from bodydouble.contracts.core.wire import WireRequest, WireResponse
from bodydouble.contracts.endpoint.options import DEFAULT_TIMEOUT


class BudgetSpent(SkipTest):
    """A request to a metered operation would go beyond the budget; it was not sent.

    Test engines treat it as a request to skip the rest, as intended: the operation has used up its share.
    """


class Unreachable(RuntimeError):
    """The endpoint cannot be reached; the message says why."""


class RateLimiter:
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
    """How many requests metered operations may get; counted before they leave, even if they fail.

    Args:
        limit: for all together; None for no limit.
        shares: how many of them each metered operation may get while the shares apply.
    """

    def __init__(self, limit: int | None, shares: Mapping[str, int]) -> None:
        self._limit = limit
        self._shares = shares
        self._shares_apply = limit is not None
        self._spent: Counter[str] = Counter()
        self._lock = threading.Lock()

    @property
    def spent(self) -> int:
        """How many have been sent."""
        return self._spent.total()

    def lift_shares(self) -> None:
        """From now on, the rest goes to the first operations that need it."""
        self._shares_apply = False

    def affords(self, operation: str, count: int = 1) -> bool:
        """Whether some more requests to an operation fit."""
        if self._limit is None or operation not in self._shares:
            return True
        if self._shares_apply and self._spent[operation] + count > self._shares[operation]:
            return False
        return self.spent + count <= self._limit

    def consume(self, operation: str) -> None:
        """Count a request that is about to leave.

        Raises:
            BudgetSpent: it must not leave.
        """
        with self._lock:
            if not self.affords(operation):
                raise BudgetSpent(operation)
            if operation in self._shares:
                self._spent[operation] += 1


class BudgetAdapter(HTTPAdapter):
    """Sends the requests of a session, if the budget allows, at the rate."""

    operation = ""

    def __init__(self, transport: "Transport") -> None:
        super().__init__()
        self._transport = transport

    def send(self, *arguments: Any, **options: Any) -> requests.Response:
        """Send; the one place where a request leaves.

        Raises:
            BudgetSpent: it must not leave.
        """
        self._transport.budget.consume(self.operation)
        self._transport.rate_limiter.wait()
        self._transport.requests += 1
        return super().send(*arguments, **{**options, **self._transport.environment})


class Transport:
    """All that is sent to one endpoint in a run.

    Args:
        base_url: scheme, host and port.
        timeout: seconds to wait for a response.

    Attributes:
        requests: how many have been sent.
        environment: the proxies and certificates that the environment names for the endpoint.
    """

    def __init__(
        self, base_url: str, budget: Budget, rate_limiter: RateLimiter, timeout: float = DEFAULT_TIMEOUT
    ) -> None:
        self.base_url = base_url.rstrip("/")
        self.budget = budget
        self.rate_limiter = rate_limiter
        self.timeout = timeout
        self.requests = 0
        # The environment's proxies and certificates are read once, not with every request.
        merged = requests.Session().merge_environment_settings(self.base_url, {}, None, None, None)
        self.environment = {"proxies": merged["proxies"], "verify": merged["verify"]}
        self._session = requests.Session()

    def guard(self, session: requests.Session, operation: str = "") -> None:
        """Make a session send within the budget and at the rate.

        Args:
            operation: the operation that its next requests are to; empty for none.
        """
        adapter = session.get_adapter(self.base_url + "/")
        if not isinstance(adapter, BudgetAdapter):
            adapter = BudgetAdapter(self)
            session.mount("http://", adapter)
            session.mount("https://", adapter)
            # Credentials of a .netrc do not belong to the test.
            session.trust_env = False
        adapter.operation = operation

    def send(self, request: WireRequest, operation: str = "") -> WireResponse:
        """Send a request; follows no redirects.

        Raises:
            BudgetSpent: the operation is metered, and the budget is spent.
            requests.RequestException: there was no response.
        """
        url = self.base_url + request.path + (f"?{request.query}" if request.query else "")
        prepared = requests.Request(request.method, url, data=request.body or None).prepare()
        # Byte for byte: a signature may depend on the encoding.
        prepared.url = url
        # These two are for the library to set.
        headers = {name: value for name, value in request.headers.items() if name not in ("host", "content-length")}
        prepared.headers.update(headers)
        return self.send_prepared(prepared, operation)

    def send_prepared(self, prepared: requests.PreparedRequest, operation: str) -> WireResponse:
        """Send a request as `requests` has prepared it; raises what `send` raises."""
        self.guard(self._session, operation)
        response = self._session.send(prepared, timeout=self.timeout, allow_redirects=False)
        headers = {name.lower(): text for name, text in response.headers.items()}
        return WireResponse(response.status_code, headers, response.content)

    def require_reachable(self) -> None:
        """Require that there is an endpoint, before anything else is sent to it.

        Raises:
            Unreachable: it cannot be reached.
        """
        try:
            self._ping()
        except (requests.RequestException, ValueError) as error:
            raise Unreachable(f"{self.base_url}: {type(error).__name__}: it cannot be reached") from error

    def is_reachable(self) -> bool:
        """Whether the endpoint can still be reached."""
        try:
            self._ping()
        except (requests.RequestException, ValueError):
            return False
        return True

    def _ping(self) -> None:
        self.send(WireRequest("GET", "/", "", {}, b""))
