"""The request pipeline: authenticate, scenario, parse and validate, act, wrap, check the response, journal."""

import logging
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import Connection

from bodydouble.contracts.core.late_dataclass import dataclass
from bodydouble.contracts.core.wire import WireRequest
from bodydouble.contracts.model.contract import Contract, ErrorCase, Operation
from bodydouble.contracts.model.violation import Violation
from bodydouble.contracts.redaction.fields import FieldRedactor
from bodydouble.mock_server.clock import monotonic, wall_ms
from bodydouble.mock_server.delivery.turns import REQUEST_TURNS
from bodydouble.mock_server.engine.faults import StruckFault
from bodydouble.mock_server.services.credentials import StoredCredentials, UnprovedLookup
from bodydouble.mock_server.services.effects import Effects
from bodydouble.mock_server.services.metrics.traffic import VendorRequests
from bodydouble.mock_server.store import accounts, scenarios
from bodydouble.mock_server.store.accounts import Account
from bodydouble.mock_server.store.database import Database
from bodydouble.mock_server.store.journal import Entry, Journal
from bodydouble.mock_server.store.recent_credentials import OutdatedCredentialsError, UnprovedCredentials
from bodydouble.mock_server.store.scenarios import Call
from bodydouble.mock_server.vendor_api.request import AuthenticatedRequest, OperationRequest, ReceivedRequest
from bodydouble.mock_server.vendor_api.response import ApiError, Json, Response
from bodydouble.mock_server.vendor_api.senders import CredentialLookup
from bodydouble.mock_server.vendor_api.vendor import Vendor
from bodydouble.mock_server.web.failures import UNAVAILABLE, told
from bodydouble.mock_server.web.faults import planted
from bodydouble.mock_server.web.nul_characters import nul_violation
from bodydouble.mock_server.web.request_log import log_request

logger = logging.getLogger(__name__)

# Of a body that may be a snapshot, in the journal.
_MAX_JOURNALED = 2_000
# Violations that the message of a rejected request shows.
_MAX_SHOWN = 5

# With the connection for reading or the transaction; with None for a handler that works without the database.
OpenToolbox = Callable[[AuthenticatedRequest, Any, Effects], Any]


@dataclass(frozen=True, slots=True)
class _Outcome:
    """The result of a request: the response, and what the journal records with it."""

    response: Response
    error: str | None = None
    violations: tuple[Violation, ...] = ()


class _NotProcessed(Exception):
    """A fault strikes before the request is processed."""


class Pipeline:
    """The stages of one vendor's requests.

    Args:
        vendor: whose contract and behaviour.
        database: the state.
        journal: records every request.
        credentials: what authentication looks up.
        open_toolbox: the toolbox of a request's handler.
        requests: counts them.
    """

    def __init__(
        self,
        vendor: Vendor,
        database: Database,
        journal: Journal,
        credentials: StoredCredentials,
        open_toolbox: OpenToolbox,
        requests: VendorRequests,
    ) -> None:
        self.vendor = vendor
        self._database, self._journal = database, journal
        self._credentials, self._open_toolbox = credentials, open_toolbox
        self._requests = requests
        self._redactor = FieldRedactor(vendor.contract.sensitive)

    @property
    def contract(self) -> Contract:
        """The contract of the requests and responses."""
        return self.vendor.contract

    def handle(
        self,
        operation: Operation,
        wire: WireRequest,
        path_values: Mapping[str, str],
        base_url: str,
        *,
        recorded: bool = True,
    ) -> tuple[Response, bytes]:
        """Take a routed request through all stages.

        Args:
            recorded: whether the journal gets an entry.
        """
        started, received_ms = monotonic(), wall_ms()
        request = ReceivedRequest(self.contract, operation, wire, base_url, received_ms)
        effects = Effects()
        try:
            outcome = _Outcome(self._act(request, path_values, effects))
        except ApiError as error:
            outcome = self._fail(error, operation, wire)
        except _NotProcessed:
            outcome = _Outcome(planted.unprocessed())
        except Exception as error:
            outcome = self._fail(self._broken(error, operation), operation, wire)
        entry = _entry(self.vendor.name, wire, received_ms)
        entry.operation, entry.task_id = operation.id, effects.task_id
        if effects.account is not None:
            entry.account_id, entry.at = effects.account.id, effects.account.clock.now(received_ms)
        if effects.faults:
            entry.faults = tuple(fault.described() for fault in effects.faults)
            outcome = replace(outcome, response=planted.struck(outcome.response, effects.faults))
        return self._finish(operation, outcome, entry, started, recorded=recorded)

    def _broken(self, error: Exception, operation: Operation) -> ApiError:
        condition, detail = told(error)
        # A full disk needs no traceback.
        if condition == UNAVAILABLE:
            logger.error("%s %s failed: %s", self.vendor.name, operation.id, detail)
        else:
            logger.exception("%s %s failed", self.vendor.name, operation.id)
        return ApiError(self.contract.conditions[condition], detail)

    def reject(
        self, condition: str, detail: str, wire: WireRequest, headers: Mapping[str, str]
    ) -> tuple[Response, bytes]:
        """Respond to a request for which there is no operation, or which cannot be read."""
        return self._reject(self.contract.conditions[condition], detail, wire, headers)

    def refuse(self, error: str, detail: str, wire: WireRequest) -> tuple[Response, bytes]:
        """Respond with an error case to a request that must not reach its operation."""
        return self._reject(self.contract.errors[error], detail, wire, {})

    def _reject(
        self, case: ErrorCase, detail: str, wire: WireRequest, headers: Mapping[str, str]
    ) -> tuple[Response, bytes]:
        started = monotonic()
        outcome = self._fail(ApiError(case, detail), None, wire)
        response = replace(outcome.response, headers={**outcome.response.headers, **headers})
        return self._finish(
            None, replace(outcome, response=response), _entry(self.vendor.name, wire, wall_ms()), started
        )

    def _act(self, received: ReceivedRequest, path_values: Mapping[str, str], effects: Effects) -> Response:
        unproved = self._credentials.unproved()
        if unproved is None:
            return self._attempt(received, path_values, effects, self._credentials)
        try:
            return self._attempt_unproved(received, path_values, effects, unproved)
        except OutdatedCredentialsError:
            effects.task_id = None
            return self._attempt(received, path_values, effects, self._credentials)

    def _attempt_unproved(
        self, received: ReceivedRequest, path_values: Mapping[str, str], effects: Effects, unproved: UnprovedLookup
    ) -> Response:
        # Whatever the response is, it counts only if the credentials are proved.
        try:
            response = self._attempt(received, path_values, effects, unproved)
        except ApiError:
            unproved.credentials.prove()
            raise
        except Exception:
            unproved.credentials.end()
            raise
        unproved.credentials.prove()
        return response

    def _attempt(
        self,
        received: ReceivedRequest,
        path_values: Mapping[str, str],
        effects: Effects,
        lookup: StoredCredentials | UnprovedLookup,
    ) -> Response:
        request = self._authenticate(received, effects, lookup)
        unproved = lookup.credentials if isinstance(lookup, UnprovedLookup) else None
        if request.sender is not None:
            self._apply_scenarios(request, request.sender, effects, unproved)
        data = self._run(self._validate(request, path_values), effects, unproved)
        return self.vendor.envelope.success(received.operation, data)

    def _authenticate(
        self, request: ReceivedRequest, effects: Effects, lookup: CredentialLookup
    ) -> AuthenticatedRequest:
        operation = request.operation
        account = None if operation.public else self._sender(request, lookup)
        effects.account = account
        now = request.wall_ms if account is None else account.clock.now(request.wall_ms)
        return AuthenticatedRequest(
            request.contract, operation, request.wire, request.base_url, request.wall_ms, account, now
        )

    def _sender(self, request: ReceivedRequest, lookup: CredentialLookup) -> Account | None:
        try:
            return self.vendor.authenticate(request, lookup)
        except ApiError:
            # A signature covers the address that the client used, which a proxy may have replaced by another one.
            addressed = _as_addressed(request)
            if addressed is None:
                raise
            with suppress(ApiError):
                return self.vendor.authenticate(addressed, lookup)
            raise

    def _apply_scenarios(
        self, request: AuthenticatedRequest, account: Account, effects: Effects, unproved: UnprovedCredentials | None
    ) -> None:
        if not account.scenario_count:
            return
        if unproved is not None:
            unproved.prove()
        body = request.wire.body.decode(errors="replace")
        call = Call(account.id, self.vendor.name, request.operation.id, request.now, texts=(body,))
        # In a transaction of its own: the call is rejected without one, and must use the scenario up all the same.
        with self._database.write() as connection:
            fitting = scenarios.ResponseScenarios(connection, call)
            effects.faults = fitting.strike()
            wait = _take_tokens(connection, effects.faults, call)
            scenario = fitting.consume_error() if wait is None else None
        if wait is not None:
            raise ApiError(self.contract.conditions["throttled"], f"a rate limit: wait for {wait} ms", retry_after=wait)
        if scenario is not None and scenario.error is not None:
            raise ApiError(self.contract.errors[scenario.error], scenario.reason or "chosen by a scenario")
        if not planted.is_processed(effects.faults):
            raise _NotProcessed

    def _validate(self, request: AuthenticatedRequest, path_values: Mapping[str, str]) -> OperationRequest:
        parsed = request.operation.parse(request.wire, path_values)
        nul = nul_violation(request.wire, parsed) if parsed.condition is None else None
        if nul is not None:
            parsed = replace(parsed, condition="invalid-parameter", violations=(nul,))
        if parsed.condition is not None:
            violations = tuple(map(self._redactor.violation, parsed.violations))
            detail = "; ".join(map(str, violations[:_MAX_SHOWN]))
            raise ApiError(self.contract.conditions[parsed.condition], detail, violations)
        return OperationRequest(
            request.contract,
            request.operation,
            request.wire,
            request.base_url,
            request.wall_ms,
            request.sender,
            request.now,
            parsed.path,
            parsed.query,
            parsed.headers,
            parsed.body,
        )

    def _run(self, request: OperationRequest, effects: Effects, unproved: UnprovedCredentials | None) -> Json:
        handler = self.vendor.handlers[request.operation.id]
        if handler.monitoring:
            return handler.act(request, self._open_toolbox(request, None, effects))
        if not handler.transaction:
            connection = self._database.read_shared(REQUEST_TURNS.until_needed)
            if unproved is not None:
                unproved.prove_with_next(connection)
            return handler.act(request, self._open_toolbox(request, connection, effects))

        def act(connection: Connection) -> Json:
            if unproved is not None:
                unproved.prove_with_next(connection)
            current = self._in_transaction(request, connection)
            return handler.act(current, self._open_toolbox(current, connection, effects))

        # What is left to do after the commit is too little to wait for another turn.
        sender = request.sender
        return self._database.transact(act, self._make_way, None if sender is None else sender.id)

    def _make_way(self) -> None:
        self._database.release()
        REQUEST_TURNS.give_up()

    def _in_transaction(self, request: OperationRequest, connection: Connection) -> OperationRequest:
        # Others may have written while this request waited for its turn: what it changes depends on what they left, and
        # on the time by now. Another's request may have seen that time already.
        account = None if request.sender is None else accounts.get(connection, request.sender.id)
        if account is None and request.sender is not None:
            raise ApiError(self.contract.conditions["internal-error"], "the account has been deleted meanwhile")
        wall = wall_ms()
        return OperationRequest(
            request.contract,
            request.operation,
            request.wire,
            request.base_url,
            wall,
            account,
            wall if account is None else account.clock.now(wall),
            request.path,
            request.query,
            request.headers,
            request.body,
        )

    def _fail(self, error: ApiError, operation: Operation | None, wire: WireRequest) -> _Outcome:
        case = self.contract.errors[error.case.name]
        response = self.vendor.envelope.failure(case, error, operation, wire)
        # A scenario can choose this error for an operation, whose path has been found.
        if operation is not None and case.name == self.contract.conditions["wrong-method"].name:
            response = replace(response, headers={**response.headers, "Allow": ", ".join(operation.methods)})
        return _Outcome(response, case.name, error.violations)

    def _finish(
        self, operation: Operation | None, outcome: _Outcome, entry: Entry, started: float, *, recorded: bool = True
    ) -> tuple[Response, bytes]:
        response = outcome.response
        body = response.encoded()
        # What a fault makes of a response is not what the server says.
        if operation is not None and not response.faults:
            entry.conforms = self._conforms(operation, response)
        entry.error, entry.violations = outcome.error, outcome.violations
        entry.status, entry.response_body = response.status, body
        if operation is not None and self.vendor.handlers[operation.id].large:
            entry.request_body, entry.response_body = _size(entry.request_body), _size(body)
        seconds = monotonic() - started
        self._requests.count(entry.operation, response.status, outcome.error, seconds, conforms=entry.conforms)
        entry.duration = round(seconds * 1000, 3)
        log_request(entry)
        if recorded and (operation is None or not self.vendor.handlers[operation.id].monitoring):
            self._journal.add(entry)
        return response, body

    def _conforms(self, operation: Operation, response: Response) -> bool:
        violations = _response_violations(operation, response)
        if violations:
            logger.error(
                "%s %s: its response %s breaks the contract: %s",
                self.vendor.name,
                operation.id,
                response.status,
                "; ".join(str(self._redactor.violation(violation)) for violation in violations),
            )
        return not violations


def _response_violations(operation: Operation, response: Response) -> tuple[Violation, ...]:
    contract = operation.response(response.status)
    if contract is None:
        return (Violation("status", "", "status", response.status, ", ".join(operation.responses)),)
    violations: tuple[Violation, ...] = ()
    if contract.body is not None and contract.body.json is not None and not contract.body.json.is_valid(response.body):
        violations = contract.body.json.violations(response.body)
    if contract.headers:
        headers = {name.lower(): text for name, text in response.headers.items()}
        violations += contract.header_violations(headers)
    return violations


def _as_addressed(request: ReceivedRequest) -> ReceivedRequest | None:
    """The request with the host and the path that its client used; None if they are as they arrived."""
    wire, address = request.wire, urlsplit(request.base_url)
    path = wire.path if wire.path.startswith(f"{address.path}/") else address.path + wire.path
    headers = {**wire.headers, "host": address.netloc}
    if path == wire.path and headers == wire.headers:
        return None
    return replace(request, wire=replace(wire, path=path, headers=headers))


def _entry(vendor: str, wire: WireRequest, received_ms: int) -> Entry:
    return Entry(vendor, wire.method, wire.path, wire.query, wire.headers, wire.body, received_ms)


def _size(body: bytes) -> bytes:
    # What the journal has of a large body, in JSON.
    return body if len(body) <= _MAX_JOURNALED else b'"%d bytes"' % len(body)


def _take_tokens(connection: Connection, struck: list[StruckFault], call: Call) -> int | None:
    """The milliseconds to wait, if a rate limit among some faults is exceeded; the others did not strike."""
    waits = {}
    for fault in [fault for fault in struck if fault.kind == "rateLimit"]:
        wait = scenarios.take_token(connection, fault, call)
        if wait is None:
            struck.remove(fault)
        else:
            waits[fault.scenario] = wait
    return max(waits.values(), default=None)
