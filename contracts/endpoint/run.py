"""Checks an endpoint against its contract: schemathesis, with the vendor's own signatures and rules for its envelope.

`run` goes through all phases (examples, boundary coverage, fuzzing, stateful sequences, lifecycles) and returns what
was really sent and found, as values. Whether enough was sent is the caller's decision: see EndpointReport.untested.
"""

import random
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from urllib.parse import urlsplit

import requests
from schemathesis import BaseSchema

from bodydouble.contracts.core import clock
from bodydouble.contracts.core.wire import WireRequest, WireResponse
from bodydouble.contracts.endpoint import lifecycle_watch
from bodydouble.contracts.endpoint import schemathesis_adapter as adapter
from bodydouble.contracts.endpoint.availability import NETWORK_ERRORS, RunEnded
from bodydouble.contracts.endpoint.case_generation import RealisticCases, derived_document
from bodydouble.contracts.endpoint.checks import REPLACED_CHECKS, engine_checks
from bodydouble.contracts.endpoint.coverage_filter import CoverageFilter
from bodydouble.contracts.endpoint.engine_settings import EngineSettings, random_schema, systematic_schema
from bodydouble.contracts.endpoint.event_collector import EventCollector
from bodydouble.contracts.endpoint.exchange_log import (
    ISOLATION,
    LAWS,
    LIFECYCLE,
    MALFORMED,
    PROBES,
    SHRINKING,
    SIGN_IN,
    ExchangeLog,
    Purpose,
)
from bodydouble.contracts.endpoint.late_probes import credentials_violation
from bodydouble.contracts.endpoint.laws.context import Call, LawContext
from bodydouble.contracts.endpoint.laws.edges import probe_working
from bodydouble.contracts.endpoint.laws.isolation import with_other_values
from bodydouble.contracts.endpoint.laws.own_records import request_on_own
from bodydouble.contracts.endpoint.laws.passive import PassiveObserver
from bodydouble.contracts.endpoint.laws.phase import LawPhase
from bodydouble.contracts.endpoint.laws.registry import ACTIVE_LAWS
from bodydouble.contracts.endpoint.laws.results import LawResult, LawVerdict, was_tested
from bodydouble.contracts.endpoint.malformed_bodies import ContentTypes, accepted_broken_texts, needs_own_request
from bodydouble.contracts.endpoint.options import EndpointOptions, Progress
from bodydouble.contracts.endpoint.report import EndpointReport, LifecycleResult
from bodydouble.contracts.endpoint.request_shrinker import shrink_request
from bodydouble.contracts.endpoint.rules import CREDENTIALS, INVALID_REQUESTS, SIGNATURE, TOKEN_LIVES
from bodydouble.contracts.endpoint.signature_probes import SignatureProbes
from bodydouble.contracts.endpoint.signing_auth import SigningAuth
from bodydouble.contracts.endpoint.token_lives import TokenLives
from bodydouble.contracts.endpoint.transport import Budget, RateLimiter, Transport, Unreachable
from bodydouble.contracts.model.contract import Contract, Operation
from bodydouble.contracts.model.exchange import OperationExchange
from bodydouble.contracts.model.laws import Law
from bodydouble.contracts.model.own_values import own_values
from bodydouble.contracts.redaction.fields import FieldRedactor
from bodydouble.contracts.redaction.known_values import KnownSecrets
from bodydouble.contracts.signing.reproduction import Reproduction
from bodydouble.contracts.signing.request_signer import RequestSigner, SigningError

__all__ = ["CannotRun", "EndpointOptions", "EndpointReport", "Progress", "run"]
_PHASES_OF_AN_OPERATION = 3
# Laws, lifecycle, shrinking and stateful sequences.
_PHASES_OF_A_RUN = 4
# Requests that are reserved for the laws of each metered create, and of each other metered operation.
_RESERVED_FOR_CREATES, _RESERVED_FOR_EDGES = 6, 3
_SKIPPED = "not watched: metered, with no budget left for it"


class CannotRun(RuntimeError):
    """Nothing could be tested; the message says why."""


def run(
    contract: Contract,
    base_url: str,
    credentials: Mapping[str, str],
    options: EndpointOptions | None = None,
    on_progress: Callable[[Progress], None] = lambda progress: None,
) -> EndpointReport:
    """Test an endpoint.

    Args:
        base_url: scheme, host and port, and the path, if any, below which the endpoint has those of the contract.
        credentials: the vendor's, under the names that the control plane shows.
        on_progress: called with the progress of the run, in the run's own thread.

    Raises:
        CannotRun: the endpoint cannot be reached, the credentials do not fit, or an operation is unknown.
    """
    options = options or EndpointOptions()
    unknown = options.operations - set(contract.operations)
    if unknown:
        raise CannotRun(f"{contract.vendor} has no operation {', '.join(sorted(unknown))}")
    return _Run(contract, base_url, credentials, options, on_progress).report()


class _Run:
    def __init__(
        self,
        contract: Contract,
        base_url: str,
        credentials: Mapping[str, str],
        options: EndpointOptions,
        on_progress: Callable[[Progress], None],
    ) -> None:
        self._contract = contract
        self._credentials = credentials
        self._options, self._on_progress = options, on_progress
        self._operations = [name for name in contract.operations if name in (options.operations or contract.operations)]
        self._metered = [name for name in self._operations if contract.operations[name].cost == "metered"]
        self._free = [name for name in self._operations if name not in self._metered]
        self._budget = Budget(options.metered, self._shares())
        self._log = ExchangeLog(contract)
        limiter = RateLimiter(options.rate)
        self._transport = Transport(
            base_url, self._budget, limiter, self._log, options.timeout, options.max_failures, options.trust
        )
        self._secrets = _known_secrets(contract, credentials, options)
        self._signer = RequestSigner(contract, credentials, self._ask_for_token)
        self._known = {**own_values(contract, credentials), **options.known}
        reproduction = Reproduction(contract, self._transport.base_url, credentials, self._secrets, trust=options.trust)
        self._collector = EventCollector(contract, self._operations, reproduction, self._log, options.timeout)
        self._passive_laws = PassiveObserver(contract, self._log) if options.laws else None
        self._token_lives = TokenLives(
            lambda entry, words: self._collector.add_violation(TOKEN_LIVES, entry.phase, words, entry.exchange)
        )
        self._log.subscribe(self._token_lives.observe)
        # The operations whose credentials have been probed, and those whose signatures have.
        self._probed: set[str] = set()
        self._spoiled: set[str] = set()
        self._content_types = ContentTypes()
        self._log.subscribe(self._content_types.observe)
        self._done: set[tuple[str, str]] = set()

    def report(self) -> EndpointReport:
        started, began = clock.monotonic(), datetime.fromtimestamp(clock.now(), UTC)
        self._require_access()
        lifecycles: tuple[LifecycleResult, ...] = ()
        phase = LawPhase(self._law_context())
        with suppress(RunEnded):
            self._test_all()
            self._budget.lift_shares()
            self._probe_signatures(phase, self._free)
            self._probe_inner_texts(phase.context)
            self._test_laws(phase, after_watch=False)
            lifecycles = self._watch(phase) if self._options.poll else ()
            self._test_laws(phase, after_watch=True)
            # Last: created things show more than these do.
            self._probe_signatures(phase, self._operations)
            self._probe_credentials()
            if self._passive_laws is not None:
                phase.add(self._passive_laws.outcomes(self._caller(LAWS)))
        phase.add(self._token_lives_results())
        for entry, accepted in self._content_types.violations():
            self._collector.add_violation(INVALID_REQUESTS, entry.phase, accepted.message, entry.exchange)
        for lifecycle in lifecycles:
            self._collector.add_lifecycle(lifecycle)
        for violation in phase.violations:
            self._collector.add_law(violation)
        with suppress(RunEnded):
            self._shrink()
        if self._transport.availability.over:
            self._collector.add_error(self._transport.availability.over)
        return EndpointReport(
            self._contract.vendor,
            self._options.seed,
            self._collector.results(),
            tuple(self._collector.findings.values()),
            tuple(self._collector.errors),
            clock.monotonic() - started,
            self._transport.base_url,
            began.isoformat(timespec="seconds"),
            self._transport.requests,
            self._budget.spent,
            self._options.metered,
            frozenset(self._metered),
            lifecycles,
            phase.results() if self._options.laws else (),
        )

    def _test_all(self) -> None:
        checks = engine_checks(self._transport, self._probed)
        with adapter.registered(checks), adapter.patched_engine(self._transport):
            for names, stateful in self._rounds():
                self._test(names, stateful)

    def _ask_for_token(self, request: WireRequest) -> WireResponse:
        operation = self._contract.token_operation
        return self._transport.send(request, Purpose("" if operation is None else operation.id, SIGN_IN))

    def _shares(self) -> dict[str, int]:
        # Every metered operation gets its share, and some budget remains to watch what was created, and for its laws.
        limit = self._options.metered or 0
        reserve = min(sum(map(self._reserved, self._metered)), limit // 3)
        share, rest = divmod(limit - reserve, max(1, len(self._metered)))
        return {name: share + (index < rest) for index, name in enumerate(self._metered)}

    def _reserved(self, name: str) -> int:
        operation = self._operation(name)
        laws = operation.laws if self._options.laws else None
        watched = bool(self._options.poll) and lifecycle_watch.watchable(operation, self._contract)
        own = watched + operation.has_inner_documents
        if laws is None:
            return own
        return own + (_RESERVED_FOR_CREATES if laws.created is not None else _RESERVED_FOR_EDGES)

    def _operation(self, name: str) -> Operation:
        return self._contract.operations[name]

    def _rounds(self) -> Iterator[tuple[list[str], bool]]:
        """Operations that are tested together, and whether in stateful sequences, too."""
        whole = not self._options.operations
        if self._options.metered is None or not self._metered:
            yield self._operations, whole
            return
        if self._free:
            targets = {link.target for name in self._free for link in self._operation(name).links}
            yield self._free, whole and not targets.isdisjoint(self._free)
        if self._options.metered:
            yield [name for name in self._metered if self._budget.affords(name)], False

    def _require_access(self) -> None:
        try:
            self._transport.require_reachable()
            for name in self._operations:
                operation = self._operation(name)
                if not operation.public:
                    self._signer.sign(operation, WireRequest(operation.method, operation.path, "", {}, b""))
        except (Unreachable, SigningError) as error:
            raise CannotRun(str(error)) from error
        except requests.RequestException as error:
            raise CannotRun(f"{self._transport.base_url}: {type(error).__name__} while signing in") from error

    def _test(self, names: list[str], stateful: bool) -> None:
        settings = EngineSettings(
            self._transport.base_url,
            self._options.seed,
            self._transport.timeout,
            self._options.examples,
            self._options.scenarios if stateful else 0,
            REPLACED_CHECKS,
        )
        # First the systematic phases (examples, limits), then the random ones.
        self._execute(names, systematic_schema(derived_document(self._contract), settings))
        self._execute(names, random_schema(derived_document(self._contract, small=True), settings))

    def _execute(self, names: list[str], schema: BaseSchema) -> None:
        if len(names) < len(self._contract.operations):
            schema = schema.include(operation_id=names)
        RealisticCases(self._contract, self._known, self._signer.signed_values).register(schema)
        CoverageFilter(self._contract).register(schema)
        for name in names:
            adapter.authenticate(schema, name, SigningAuth(self._operation(name), self._signer, self._log.base_path))
        for event in adapter.execute(schema):
            self._collector.handle(event)
            self._transport.availability.require()
            if isinstance(event, adapter.Scenario):
                self._show_progress(event.phase, event.label)

    def _watch(self, phase: LawPhase) -> tuple[LifecycleResult, ...]:
        skipped = {name for name, result in self._collector.results().items() if not result.total}
        results = lifecycle_watch.watch(
            self._contract,
            [self._operation(name) for name in self._operations],
            {**self._created_for_laws(phase), **self._collector.created},
            self._caller(LIFECYCLE),
            self._options.poll,
            self._options.poll_interval,
            self._watch_laws(phase) if self._options.laws else None,
        )
        return tuple(replace(result, note=_SKIPPED) if result.operation in skipped else result for result in results)

    def _created_for_laws(self, phase: LawPhase) -> dict[str, OperationExchange]:
        creates = (
            self._operation(name) for name in self._operations if lifecycle_watch.is_create(self._operation(name))
        )
        successes = ((operation.id, phase.context.successes(operation)) for operation in creates)
        return {name: exchanges[-1] for name, exchanges in successes if exchanges}

    def _watch_laws(self, phase: LawPhase) -> lifecycle_watch.WatchLaws:
        probe = partial(probe_working, phase.context)
        return lifecycle_watch.WatchLaws(phase.add, self._options.pace, probe)

    def _law_context(self) -> LawContext:
        return LawContext(
            self._contract,
            {name: self._operation(name) for name in self._operations},
            self._options,
            self._collector.exchanges,
            self._caller(LAWS),
            self._budget.affords,
            random.Random(self._options.seed),
            self._other_caller(),
            self._known,
            self._collector.times,
        )

    def _probe_signatures(self, phase: LawPhase, names: Iterable[str]) -> None:
        probes = SignatureProbes(self._contract, self._signer, self._send_unsigned, self._budget.affords)
        for operation in map(self._operation, names):
            if operation.id in self._spoiled:
                continue
            accepted = probes.probe(operation, self._collector.succeeded.get(operation.id))
            if accepted is not None:
                self._spoiled.add(operation.id)
            for entry in accepted or ():
                self._collector.add_violation(SIGNATURE, PROBES, f"succeeds {entry.wrong}", entry.exchange)
            if accepted is not None and operation.declares(Law.SIGN_IN):
                verdict = LawVerdict.VIOLATED if accepted else LawVerdict.TESTED
                phase.add([LawResult(operation.id, Law.SIGN_IN, verdict, count=1)])

    def _probe_credentials(self) -> None:
        for operation in map(self._operation, self._operations):
            succeeded = self._collector.succeeded.get(operation.id)
            if operation.id in self._probed or succeeded is None:
                continue
            violation = credentials_violation(succeeded, self._signer, self._send_unsigned, self._budget.affords)
            if violation is not None:
                failure = adapter.CheckFailure(CREDENTIALS, violation.message, violation.probe)
                self._collector.add_failure(failure, PROBES, succeeded)

    def _send_unsigned(self, operation: Operation, request: WireRequest) -> OperationExchange:
        response = self._transport.send(request, Purpose(operation.id, PROBES))
        self._show_progress(PROBES, operation.id)
        return OperationExchange(self._contract, operation, request, response)

    def _probe_inner_texts(self, context: LawContext) -> None:
        call = self._caller(MALFORMED)
        for operation in map(self._operation, self._operations):
            request = done.request if (done := self._collector.succeeded.get(operation.id)) else None
            with suppress(*NETWORK_ERRORS):
                own = request_on_own(context, operation) if needs_own_request(operation) else None
                for exchange, violation in accepted_broken_texts(operation, request, call, self._budget.affords, own):
                    self._collector.add_violation(INVALID_REQUESTS, MALFORMED, violation.message, exchange)

    def _token_lives_results(self) -> Iterator[LawResult]:
        for operation in map(self._operation, self._operations):
            if operation.declares(Law.TOKEN_LIFE) and self._token_lives.used:
                yield was_tested(operation.id, Law.TOKEN_LIFE, self._token_lives.used)

    def _other_caller(self) -> Call | None:
        """Sends requests with the credentials of the second account, if there is one."""
        others = self._options.other_credentials
        if not others:
            return None
        signer = RequestSigner(self._contract, others, self._ask_for_token)
        call = self._caller(ISOLATION, signer)
        return lambda operation, request: call(operation, with_other_values(request, self._credentials, others))

    def _test_laws(self, phase: LawPhase, *, after_watch: bool) -> None:
        if self._options.laws:
            phase.run(law for law in ACTIVE_LAWS if law.after_watch == after_watch)

    def _shrink(self) -> None:
        call = self._caller(SHRINKING)
        self._collector.shrink(lambda rule, exchange: shrink_request(rule, exchange, call, self._options.shrink))

    def _caller(self, phase: str, signer: RequestSigner | None = None) -> Call:
        host = urlsplit(self._transport.base_url).netloc
        own_signer = signer or self._signer

        def call(operation: Operation, request: WireRequest) -> OperationExchange:
            signed = own_signer.sign(operation, replace(request, headers={**request.headers, "host": host}))
            response = self._transport.send(signed, Purpose(operation.id, phase))
            self._show_progress(phase, operation.id)
            return OperationExchange(self._contract, operation, signed, response)

        return call

    def _show_progress(self, phase: str, operation: str) -> None:
        once = (LAWS, ISOLATION, LIFECYCLE, MALFORMED, PROBES, SHRINKING, "stateful")
        self._done.add((phase, "" if phase in once else operation))
        steps = _PHASES_OF_AN_OPERATION * len(self._operations) + _PHASES_OF_A_RUN
        self._on_progress(
            Progress(
                min(len(self._done), steps),
                steps,
                phase,
                operation,
                self._transport.requests,
                self._budget.spent,
                len(self._collector.findings),
            )
        )


def _known_secrets(contract: Contract, credentials: Mapping[str, str], options: EndpointOptions) -> KnownSecrets:
    secrets = KnownSecrets(credentials, FieldRedactor(contract.sensitive))
    for name, value in options.other_credentials.items():
        secrets.remember(f"other_{name}", value)
    secrets.remember_fields(
        [{name.rpartition(".")[2]: value} for name, values in options.known.items() for value in values]
    )
    return secrets
