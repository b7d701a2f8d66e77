"""The one place through which a test of an endpoint sends: it counts requests, and enforces budget and rate."""

import ssl
import threading
from collections import Counter
from collections.abc import Mapping
from functools import cached_property
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter

from bodydouble.contracts.core import clock
from bodydouble.contracts.core.tls import SYSTEM_TRUST, Trust, certificate_problem
from bodydouble.contracts.core.wire import WireRequest, WireResponse
from bodydouble.contracts.endpoint.availability import NETWORK_ERRORS, Availability, was_dropped
from bodydouble.contracts.endpoint.exchange_log import ExchangeLog, Purpose
from bodydouble.contracts.endpoint.options import DEFAULT_MAX_FAILURES, DEFAULT_TIMEOUT
from bodydouble.contracts.endpoint.unsent import NotSent
from bodydouble.contracts.endpoint.wire_messages import base_path_of, base_url_of, wire_response

NO_PURPOSE = Purpose()


class BudgetSpent(NotSent):
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
    """Sends the requests of a session, if the budget allows, at the rate; records what comes back.

    Attributes:
        purpose: of the next requests.
    """

    purpose = NO_PURPOSE

    def __init__(self, transport: "Transport") -> None:
        # The base class makes its connections at once.
        self._transport = transport
        super().__init__()

    def init_poolmanager(self, *arguments: Any, **options: Any) -> None:
        """Make the connections; in addition to what `requests` trusts by itself, as the options say."""
        super().init_poolmanager(*arguments, **options, ssl_context=self._transport.tls_context)

    @property
    def connections(self) -> int:
        """How many connections have been opened."""
        pools = [self.poolmanager.pools.get(key) for key in self.poolmanager.pools.keys()]  # noqa: SIM118
        return sum(pool.num_connections for pool in pools if pool is not None)

    def send(self, request: requests.PreparedRequest, *arguments: Any, **options: Any) -> requests.Response:
        """Send; the one place where a request leaves.

        Raises:
            NotSent: it must not leave.
            requests.RequestException: there was no complete response.
        """
        transport, purpose = self._transport, self.purpose
        transport.availability.require()
        transport.budget.consume(purpose.operation)
        transport.rate_limiter.wait()
        transport.requests += 1
        sent = clock.monotonic()
        # The engine would wait for a second only, once an operation has been slow.
        options = {**options, **transport.environment, "timeout": transport.timeout}
        response = super().send(request, *arguments, **options)
        _read_whole(response, request)
        transport.availability.succeeded(purpose.operation, request.method or "")
        transport.log.record(purpose, request, response, sent, clock.monotonic())
        return response


def _read_whole(response: requests.Response, request: requests.PreparedRequest) -> None:
    # Here, and not where somebody wants the body, so that there is one place that knows what came back.
    try:
        response.content  # noqa: B018
    except requests.RequestException as error:
        error.request = error.request or request
        raise


class Transport:
    """All that is sent to one endpoint in a run.

    Args:
        base_url: scheme, host and port, and the path, if any, below which the endpoint has those of the contract.
        timeout: seconds to wait for a response.
        log: records what is sent.
        max_failures: requests without a response in a row, after which nothing more is sent.
        trust: which certificates are trusted.

    Attributes:
        requests: how many have been sent.
        environment: the proxies and certificates that the environment names for the endpoint.
        availability: whether the endpoint has been responding.
    """

    def __init__(
        self,
        base_url: str,
        budget: Budget,
        rate_limiter: RateLimiter,
        log: ExchangeLog,
        timeout: float = DEFAULT_TIMEOUT,
        max_failures: int = DEFAULT_MAX_FAILURES,
        trust: Trust = SYSTEM_TRUST,
    ) -> None:
        self.base_url = base_url_of(base_url)
        self.budget = budget
        self.rate_limiter = rate_limiter
        self.log = log
        log.base_path = base_path_of(self.base_url)
        self.timeout = timeout
        self._trust = trust
        self.availability = Availability(max_failures)
        self.requests = 0
        # The environment's proxies and certificates are read once, not with every request.
        merged = requests.Session().merge_environment_settings(self.base_url, {}, None, None, None)
        self.environment = {"proxies": merged["proxies"], "verify": merged["verify"] if trust.verify else False}
        self._session = requests.Session()

    @cached_property
    def tls_context(self) -> ssl.SSLContext:
        """What all connections trust; reading the certificates costs more than some phases have requests for."""
        return self._trust.context()

    def guard(self, session: requests.Session, purpose: Purpose = NO_PURPOSE) -> BudgetAdapter:
        """Make a session send within the budget and at the rate.

        Args:
            purpose: of its next requests.
        """
        adapter = session.get_adapter(self.base_url + "/")
        if not isinstance(adapter, BudgetAdapter):
            adapter = BudgetAdapter(self)
            session.mount("http://", adapter)
            session.mount("https://", adapter)
            # Credentials of a .netrc do not belong to the test.
            session.trust_env = False
        adapter.purpose = purpose
        return adapter

    def send(self, request: WireRequest, purpose: Purpose = NO_PURPOSE) -> WireResponse:
        """Send a request; follows no redirects.

        Raises:
            NotSent: the operation is metered, and the budget is spent; or the run is at its end.
            requests.RequestException: there was no complete response.
        """
        url = self.base_url + request.path + (f"?{request.query}" if request.query else "")
        prepared = requests.Request(request.method, url, data=request.body or None).prepare()
        # Byte for byte: a signature may depend on the encoding.
        prepared.url = url
        # These two are for the library to set.
        headers = {name: value for name, value in request.headers.items() if name not in ("host", "content-length")}
        prepared.headers.update(headers)
        return self.send_prepared(prepared, purpose)

    def send_prepared(self, prepared: requests.PreparedRequest, purpose: Purpose) -> WireResponse:
        """Send a request as `requests` has prepared it; raises what `send` raises."""
        adapter = self.guard(self._session, purpose)
        opened = adapter.connections
        try:
            try:
                response = self._sent(prepared)
            except requests.ConnectionError as error:
                # A server may close a connection that is kept open while a request is on its way; clients send again.
                if not was_dropped(error) or adapter.connections != opened:
                    raise
                response = self._sent(prepared)
        except NETWORK_ERRORS as error:
            self.fail(purpose, prepared, error)
            raise
        return wire_response(response)

    def fail(self, purpose: Purpose, prepared: requests.PreparedRequest, error: requests.RequestException) -> None:
        """Record that a request has got no complete response; the same error is recorded once."""
        if self.availability.failed(purpose.operation, prepared.method or "", error):
            self.log.fail(purpose, prepared, error)

    def _sent(self, prepared: requests.PreparedRequest) -> requests.Response:
        return self._session.send(prepared, allow_redirects=False)

    def require_reachable(self) -> None:
        """Require that there is an endpoint, before anything else is sent to it.

        Raises:
            Unreachable: it cannot be reached.
        """
        parts = urlsplit(self.base_url)
        if parts.query or parts.fragment or parts.scheme not in ("http", "https") or not parts.netloc:
            raise Unreachable(f"{self.base_url}: expected http or https, host, port and path, without a query")
        try:
            self._ping()
        except (requests.RequestException, ValueError) as error:
            problem = certificate_problem(error) or f"{type(error).__name__}: it cannot be reached"
            raise Unreachable(f"{self.base_url}: {problem}") from error

    def is_reachable(self) -> bool:
        """Whether the endpoint can still be reached."""
        try:
            self._ping()
        except (requests.RequestException, ValueError):
            return False
        return True

    def _ping(self) -> None:
        self.send(WireRequest("GET", "/", "", {}, b""))
