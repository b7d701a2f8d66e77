"""The way of a request: route, authenticate, parse, validate, act, wrap, check ourselves, journal."""

import logging
from collections.abc import Mapping
from dataclasses import replace

import orjson

from bodydouble.contracts.core.wire import WireRequest
from bodydouble.contracts.model.contract import ErrorCase, Operation
from bodydouble.contracts.model.violation import Violation
from bodydouble.contracts.redaction.fields import FieldRedactor
from bodydouble.mock_server.clock import monotonic, wall_ms
from bodydouble.mock_server.composition import Services
from bodydouble.mock_server.store import scenarios
from bodydouble.mock_server.store.accounts import Account
from bodydouble.mock_server.store.journal import Entry
from bodydouble.mock_server.vendor_api.vendor import ApiError, Handler, OperationRequest, Response, Vendor

logger = logging.getLogger(__name__)


class Pipeline:
    """The stages of one vendor's requests.

    Args:
        vendor: whose contract and behaviour.
        services: the parts of the server.

    Attributes:
        keys: what tells the vendor's requests on one path apart.
    """

    def __init__(self, vendor: Vendor, services: Services) -> None:
        self.vendor = vendor
        self.keys = frozenset(operation.routing for operation in vendor.contract.operations.values())
        self._services = services
        self._redactor = FieldRedactor(vendor.contract.sensitive)

    def handle(
        self, operation: Operation, wire: WireRequest, path_values: Mapping[str, str], base_url: str
    ) -> tuple[Response, bytes]:
        """Take a routed request through all stages."""
        started, real = monotonic(), wall_ms()
        request = OperationRequest(
            self.vendor.name,
            operation,
            wire,
            base_url,
            self._services,
            self._services.state.main.read(),
            real,
            real,
        )
        entry = self._entry(wire, real)
        entry.operation = operation.id
        try:
            answer = self._act(request, path_values)
        except ApiError as refusal:
            answer = self._refuse(refusal, wire, entry)
        except Exception as error:
            logger.exception("%s %s failed", self.vendor.name, operation.id)
            case = self.vendor.contract.conditions["internal-error"]
            answer = self._refuse(ApiError(case, type(error).__name__), wire, entry)
        entry.task_id = request.cause
        if request.known_account is not None:
            entry.account_id, entry.at = request.known_account.id, request.now
        return self._finish(operation, answer, entry, started)

    def refuse(
        self, condition: str, detail: str, wire: WireRequest, headers: Mapping[str, str]
    ) -> tuple[Response, bytes]:
        """Answer a request for which there is no operation, or which cannot be read."""
        started = monotonic()
        entry = self._entry(wire, wall_ms())
        answer = self._refuse(ApiError(self.vendor.contract.conditions[condition], detail), wire, entry)
        return self._finish(None, replace(answer, headers={**answer.headers, **headers}), entry, started)

    def _act(self, request: OperationRequest, path_values: Mapping[str, str]) -> Response:
        operation = request.operation
        if not operation.public:
            account = self.vendor.authenticate(request)
            if account is not None:
                request.enter(account)
                self._refuse_by_scenario(request, account)
        normalise = self.vendor.normalise
        parsed = operation.parse(normalise(request.wire) if normalise else request.wire, path_values)
        if parsed.condition is not None:
            violations = tuple(map(self._redactor.violation, parsed.violations))
            detail = "; ".join(map(str, violations[:5]))
            raise ApiError(self.vendor.contract.conditions[parsed.condition], detail, violations)
        request.path, request.query, request.headers = parsed.path, parsed.query, parsed.headers
        request.body = parsed.body
        handler = self.vendor.handlers[operation.id]
        return self.vendor.success(request, self._run(handler, request))

    def _run(self, handler: Handler, request: OperationRequest) -> object:
        if not handler.writes:
            return handler.act(request)
        with self._services.state.main.write() as connection:
            request.connection = connection
            return handler.act(request)

    def _refuse_by_scenario(self, request: OperationRequest, account: Account) -> None:
        if not account.scenario_count:
            return
        with self._services.state.main.write() as connection:
            scenario = scenarios.consume(connection, account.id, self.vendor.name, request.operation.id, error=True)
        if scenario is not None and scenario.error is not None:
            raise ApiError(scenario.error, scenario.reason or "chosen by a scenario")

    def _refuse(self, refusal: ApiError, wire: WireRequest, entry: Entry) -> Response:
        case = refusal.case if isinstance(refusal.case, ErrorCase) else self.vendor.contract.errors[refusal.case]
        entry.error, entry.violations = case.name, refusal.violations
        return self.vendor.failure(case, refusal, wire)

    def _finish(
        self, operation: Operation | None, answer: Response, entry: Entry, started: float
    ) -> tuple[Response, bytes]:
        encoded = orjson.dumps(answer.body) if answer.body is not None else b""
        body = encoded if answer.raw is None else answer.raw
        if operation is not None:
            self._check_ourselves(operation, answer, entry)
        entry.status, entry.response_body = answer.status, body if answer.raw is None else b""
        entry.duration = round((monotonic() - started) * 1000, 3)
        self._services.journal.add(entry)
        return answer, body

    def _check_ourselves(self, operation: Operation, answer: Response, entry: Entry) -> None:
        contract = operation.response(answer.status)
        broken: tuple[Violation, ...] = ()
        if contract is None:
            broken = (Violation("status", "", "status", answer.status, ", ".join(operation.responses)),)
        else:
            if answer.raw is None and contract.body is not None and contract.body.json is not None:
                validator = contract.body.json
                if not validator.is_valid(answer.body):
                    broken = validator.violations(answer.body)
            if contract.headers:
                headers = {name.lower(): text for name, text in answer.headers.items()}
                broken += contract.header_violations(headers)
        if broken:
            entry.conforms = False
            logger.error(
                "%s %s answers %s against its contract: %s",
                self.vendor.name,
                operation.id,
                answer.status,
                "; ".join(str(self._redactor.violation(violation)) for violation in broken),
            )

    def _entry(self, wire: WireRequest, real: int) -> Entry:
        return Entry(self.vendor.name, wire.method, wire.path, wire.query, wire.headers, wire.body, real)
