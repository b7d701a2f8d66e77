"""Holding an endpoint to its contract: schemathesis, with the vendor's own sign-in and checks that know its envelope.

`run` does all phases (examples, boundary coverage, fuzzing, stateful, lifecycle) and gives back what was really sent
and found, as values. It reports; it does not judge whether enough was sent: see Report.untested.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

import requests
import schemathesis
from requests.auth import AuthBase
from schemathesis.config import (
    ChecksConfig,
    GenerationConfig,
    PhasesConfig,
    ProjectConfig,
    ProjectsConfig,
    SchemathesisConfig,
)
from schemathesis.engine import events, from_schema
from schemathesis.schemas import BaseSchema

from bodydouble.contracts.core import clock
from bodydouble.contracts.core.wire import WireRequest, WireResponse
from bodydouble.contracts.endpoint import checks, lifecycle_watch
from bodydouble.contracts.endpoint.case_generation import (
    Known,
    RealisticCases,
    derived_document,
    own_values,
)
from bodydouble.contracts.endpoint.coverage_filter import EachOnce
from bodydouble.contracts.endpoint.engine_patch import gated
from bodydouble.contracts.endpoint.event_collector import Collector
from bodydouble.contracts.endpoint.report import Finding, Report, Tested
from bodydouble.contracts.endpoint.reproduction import Reproduction
from bodydouble.contracts.endpoint.request_shrinker import minimised
from bodydouble.contracts.endpoint.request_signer import SignIn, SignInError
from bodydouble.contracts.endpoint.transport import TIMEOUT, Budget, Pace, Traffic, Unreachable
from bodydouble.contracts.model.contract import Contract, Operation
from bodydouble.contracts.model.exchange import OperationExchange
from bodydouble.contracts.model.inner_documents import encode_request
from bodydouble.contracts.redaction.fields import FieldRedactor
from bodydouble.contracts.redaction.known_values import KnownSecrets

__all__ = ["CannotRun", "Finding", "Options", "Progress", "Report", "Tested", "run"]
_PHASES_OF_AN_OPERATION = 3
_SKIPPED = "not watched: it costs, and the budget had nothing for it"


class CannotRun(RuntimeError):
    """Nothing could be tested; the message says why."""


@dataclass(frozen=True, slots=True)
class Options:
    """How an endpoint is tested.

    Attributes:
        seed: the same seed, against the same state, makes the same requests.
        examples: fuzzed requests for each operation.
        scenarios: stateful sequences of requests along the links of the specification.
        operations: operationIds to test; empty for all. With some chosen, there are no stateful sequences.
        known: values that exist at the endpoint, besides those that the credentials hold; see RealisticCases.
        metered: at most so many requests to operations that cost; None for any number. With a number, operations that
            cost take no part in stateful sequences.
        rate: at most so many requests a second; None for any number.
        timeout: seconds for an answer.
        poll: seconds for which created tasks are watched; 0 for not at all.
        poll_interval: seconds between two looks at a task.
        shrink: at most so many requests to make the request of one finding smaller; 0 for none.
    """

    seed: int = 1
    examples: int = 100
    scenarios: int = 50
    operations: frozenset[str] = frozenset()
    known: Known = field(default_factory=dict)
    metered: int | None = None
    rate: float | None = None
    timeout: float = TIMEOUT
    poll: float = 0.0
    poll_interval: float = 0.5
    shrink: int = 50


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run is.

    Attributes:
        done: steps, out of `steps`.
        phase: what was last at work, and on which operation (or the empty string).
    """

    done: int
    steps: int
    phase: str
    operation: str
    requests: int
    metered: int
    findings: int


def run(
    contract: Contract,
    base_url: str,
    credentials: Mapping[str, str],
    options: Options | None = None,
    on_progress: Callable[[Progress], None] = lambda progress: None,
) -> Report:
    """Test an endpoint.

    Args:
        base_url: scheme, host and port.
        credentials: the vendor's, under the names that the control plane shows.
        on_progress: is told how far the run is, in the run's own thread.

    Raises:
        CannotRun: nobody answers there, the credentials are of no use, or an operation is unknown.
    """
    return _Run(contract, base_url.rstrip("/"), credentials, options or Options(), on_progress).report()


class _Run:
    def __init__(
        self,
        contract: Contract,
        base_url: str,
        credentials: Mapping[str, str],
        options: Options,
        on_progress: Callable[[Progress], None],
    ) -> None:
        unknown = options.operations - set(contract.operations)
        if unknown:
            raise CannotRun(f"{contract.vendor} has no operation {', '.join(sorted(unknown))}")
        self._contract = contract
        self._options = options
        self._on_progress = on_progress
        self._wanted = [name for name in contract.operations if not options.operations or name in options.operations]
        self._metered = [name for name in self._wanted if contract.operations[name].cost == "metered"]
        self._free = [name for name in self._wanted if name not in self._metered]
        self._budget = Budget(options.metered, self._shares())
        self._traffic = Traffic(base_url, self._budget, Pace(options.rate), options.timeout)
        self._secrets = KnownSecrets(credentials, FieldRedactor(contract.sensitive))
        self._secrets.remember_fields(
            [{name.rpartition(".")[2]: one} for name, values in options.known.items() for one in values]
        )
        self._sign_in = SignIn(contract, credentials, self._ask_for_token)
        self._known = {**own_values(contract, credentials), **options.known}
        reproduction = Reproduction(contract, base_url, credentials, self._secrets)
        self._collector = Collector(contract, self._wanted, reproduction)
        self._done: set[tuple[str, str]] = set()
        self._tried: set[str] = set()

    def report(self) -> Report:
        started, began = clock.monotonic(), datetime.fromtimestamp(clock.now(), UTC)
        self._require_access()
        with checks.registered(), gated(self._traffic):
            for names, stateful in self._rounds():
                self._test(names, stateful)
        self._budget.lift_shares()
        lifecycles = self._watch() if self._options.poll else ()
        for watched in lifecycles:
            self._collector.take_watched(watched)
        self._minimise()
        return Report(
            self._contract.vendor,
            self._options.seed,
            self._collector.tested(),
            tuple(self._collector.findings.values()),
            tuple(self._collector.errors),
            clock.monotonic() - started,
            self._traffic.base_url,
            began.isoformat(timespec="seconds"),
            self._traffic.requests,
            self._budget.spent,
            self._options.metered,
            frozenset(self._metered),
            lifecycles,
        )

    def _ask_for_token(self, request: WireRequest) -> WireResponse:
        answer = self._traffic.send(request)
        self._secrets.remember_answer(request, answer)
        return answer

    def _shares(self) -> dict[str, int]:
        # Every operation that costs gets its part, and something stays to see what becomes of what was created.
        limit = self._options.metered or 0
        creates = [name for name in self._metered if lifecycle_watch.watchable(self._operation(name), self._contract)]
        kept = min(len(creates), limit // 4) if self._options.poll else 0
        share, rest = divmod(limit - kept, max(1, len(self._metered)))
        return {name: share + (index < rest) for index, name in enumerate(self._metered)}

    def _operation(self, name: str) -> Operation:
        return self._contract.operations[name]

    def _rounds(self) -> Iterator[tuple[list[str], bool]]:
        whole = not self._options.operations
        if self._options.metered is None or not self._metered:
            yield self._wanted, whole
            return
        if self._free:
            targets = {link.target for name in self._free for link in self._operation(name).links}
            yield self._free, whole and not targets.isdisjoint(self._free)
        if self._options.metered:
            yield [name for name in self._metered if self._budget.affords(name)], False

    def _require_access(self) -> None:
        try:
            self._traffic.require_answer()
            for name in self._wanted:
                operation = self._operation(name)
                if not operation.public:
                    self._sign_in.sign(operation, WireRequest(operation.method, operation.path, "", {}, b""))
        except (Unreachable, SignInError) as error:
            raise CannotRun(str(error)) from error
        except requests.RequestException as error:
            raise CannotRun(f"{self._traffic.base_url}: {type(error).__name__} while signing in") from error

    def _test(self, names: list[str], stateful: bool) -> None:
        # What every schema lists (examples, limits), then what chance makes.
        self._execute(names, _schema(self._contract, self._traffic, self._options, self._tried, _systematic()))
        random = _random(self._options, stateful)
        self._execute(names, _schema(self._contract, self._traffic, self._options, self._tried, random, narrow=True))

    def _execute(self, names: list[str], schema: BaseSchema) -> None:
        contract = self._contract
        if len(names) < len(contract.operations):
            schema = schema.include(operation_id=names)
        RealisticCases(contract, self._known, self._sign_in.signed_values).register(schema)
        EachOnce(contract).register(schema)
        for name in names:
            outgoing = _Outgoing(contract.operations[name], self._sign_in)
            schema.auth.set_from_requests(outgoing).apply_to(operation_id=name)
        for event in from_schema(schema).execute():
            self._collector.take(event)
            if isinstance(event, events.ScenarioFinished):
                self._tell(event.phase.value.lower(), event.label or "")

    def _watch(self) -> tuple[lifecycle_watch.Watched, ...]:
        skipped = {name for name, tested in self._collector.tested().items() if not tested.total}
        watched = lifecycle_watch.watch(
            self._contract,
            [self._operation(name) for name in self._wanted],
            self._collector.created,
            self._caller("lifecycle"),
            self._options.poll,
            self._options.poll_interval,
        )
        return tuple(replace(one, note=_SKIPPED) if one.operation in skipped else one for one in watched)

    def _minimise(self) -> None:
        call = self._caller("shrinking")
        self._collector.minimise(lambda check, exchange: minimised(check, exchange, call, self._options.shrink))

    def _caller(self, phase: str) -> Callable[[Operation, WireRequest], OperationExchange]:
        host = urlsplit(self._traffic.base_url).netloc

        def call(operation: Operation, request: WireRequest) -> OperationExchange:
            signed = self._sign_in.sign(operation, replace(request, headers={**request.headers, "host": host}))
            exchange = OperationExchange(self._contract, operation, signed, self._traffic.send(signed, operation.id))
            self._collector.count(exchange, phase)
            self._tell(phase, operation.id)
            return exchange

        return call

    def _tell(self, phase: str, operation: str) -> None:
        self._done.add((phase, operation if phase not in ("lifecycle", "shrinking", "stateful") else ""))
        steps = _PHASES_OF_AN_OPERATION * len(self._wanted) + 3
        self._on_progress(
            Progress(
                min(len(self._done), steps),
                steps,
                phase,
                operation,
                self._traffic.requests,
                self._budget.spent,
                len(self._collector.findings),
            )
        )


def _schema(
    contract: Contract,
    traffic: Traffic,
    options: Options,
    tried: set[str],
    phases: PhasesConfig,
    *,
    narrow: bool = False,
) -> BaseSchema:
    reader = checks.Reader(contract)
    own: dict[str, Any] = {check.__name__: {"reader": reader} for check in checks.CHECKS}
    own[checks.RequiresCredentials.__name__].update(traffic=traffic, tried=tried)
    replaced = {name: {"enabled": False} for name in checks.REPLACED}
    generation = {"database": "none", "with-security-parameters": False}
    project = ProjectConfig(
        base_url=traffic.base_url,
        checks=ChecksConfig.from_dict({**own, **replaced}),
        generation=GenerationConfig.from_dict({**generation, "max-examples": options.examples}),
        phases=phases,
        continue_on_failure=True,
        max_redirects=0,
        request_timeout=traffic.timeout,
    )
    config = SchemathesisConfig(seed=options.seed, projects=ProjectsConfig(default=project))
    return schemathesis.openapi.from_dict(derived_document(contract, narrow=narrow), config=config)


# Values out of answers go into later requests only along the specification's links. What schemathesis would pick up
# besides makes a run depend on what else there is, and might delete what is not the test's own.
_UNAIDED = {"extra-data-sources": {"responses": False}}
_OFF = {"enabled": False}


def _systematic() -> PhasesConfig:
    return PhasesConfig.from_dict({"examples": _UNAIDED, "coverage": _UNAIDED, "fuzzing": _OFF, "stateful": _OFF})


def _random(options: Options, stateful: bool) -> PhasesConfig:
    fuzzing = {**_UNAIDED, "error-feedback": {"enabled": False}}
    sequences = {
        "enabled": stateful,
        "generation": {"max-examples": options.scenarios},
        "inference": {"algorithms": []},
    }
    return PhasesConfig.from_dict({"examples": _OFF, "coverage": _OFF, "fuzzing": fuzzing, "stateful": sequences})


class _Outgoing(AuthBase):
    """The last hand on a request: inner documents into their strings, then the vendor's credentials."""

    def __init__(self, operation: Operation, sign_in: SignIn) -> None:
        self._operation = operation
        self._sign_in = sign_in

    def __call__(self, prepared: requests.PreparedRequest) -> requests.PreparedRequest:
        self._encode(prepared)
        wire = checks.wire_request(prepared)
        signed = self._sign_in.sign(self._operation, wire)
        if signed.query != wire.query:
            prepared.url = urlsplit(prepared.url or "")._replace(query=signed.query).geturl()
        for name, value in signed.headers.items():
            if value != wire.headers.get(name):
                prepared.headers[name] = value
        return prepared

    def _encode(self, prepared: requests.PreparedRequest) -> None:
        if not self._operation.has_inner_documents or not prepared.body:
            return
        try:
            body = json.loads(checks.sent_body(prepared))
        except ValueError:
            return
        encoded = encode_request(self._operation, body)
        if encoded != body:
            prepared.prepare_body(json.dumps(encoded).encode(), None)
