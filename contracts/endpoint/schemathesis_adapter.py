"""The one module that knows how the test engine, schemathesis, works inside.

Elsewhere only the engine's public API is used (what `schemathesis` itself exports, and `schemathesis.config`). An
upgrade that moves or changes a private part fails in tests/contracts/endpoint/test_schemathesis_adapter.py, which names
each of them.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from copy import copy
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any
from unittest.mock import patch

import requests
import schemathesis
import schemathesis.engine.context
import schemathesis.engine.outage
from requests.auth import AuthBase
from schemathesis import BaseSchema, Case, CheckContext, Response
from schemathesis.checks import CHECKS, negative_data_rejection
from schemathesis.config import ProjectConfig
from schemathesis.core.failures import Failure, Severity
from schemathesis.core.parameters import ParameterLocation
from schemathesis.engine import Status, events, from_schema
from schemathesis.generation.meta import (
    REQUEST_SHAPE_PROBES,
    CoveragePhaseData,
    CoverageScenario,
    TestPhase,
    coverage_scenario,
)
from schemathesis.generation.value import GeneratedValue
from schemathesis.openapi.checks import UseAfterFree
from schemathesis.transport.requests import REQUESTS_TRANSPORT

from bodydouble.contracts.endpoint.availability import NETWORK_ERRORS
from bodydouble.contracts.endpoint.exchange_log import Purpose
from bodydouble.contracts.endpoint.rules import Probe, RuleViolation
from bodydouble.contracts.endpoint.transport import Transport
from bodydouble.contracts.endpoint.unsent import NotSent

AnyCase = Case[Any]
CheckFunction = Callable[[CheckContext, Response, AnyCase], bool | None]
# A scenario of the coverage phase, by the engine's own name for it.
INCORRECT_TYPE = CoverageScenario.INCORRECT_TYPE.value
INVALID_ENUM_VALUE = CoverageScenario.INVALID_ENUM_VALUE.value
VALID_OBJECT = CoverageScenario.VALID_OBJECT.value
BODY = ParameterLocation.BODY.value
MAX_ERROR_LENGTH = 500


# Generated cases


@dataclass(frozen=True, slots=True)
class BoundaryTest:
    """What a case of the engine's coverage phase tries.

    Attributes:
        valid: whether the request is meant to be valid.
        scenario: the engine's name for what is tried.
        malformed: whether the request is malformed as a whole: its method or its content type.
        description: in the engine's words.
        location: where the parameter is that is tried: `path`, `query`, `header` or `body`; None for the whole request.
        parameter: its name; None for several.
        field: place of what is tried inside a body, in the engine's words.
        value: what is sent for the parameter; None if there is no such thing.
    """

    valid: bool
    scenario: str
    malformed: bool
    description: str
    location: str | None
    parameter: str | None
    field: str | None
    value: str | None


def operation_id(case: AnyCase) -> str:
    """The operationId of a case's operation."""
    return definition_of(case.operation)["operationId"]  # type: ignore[no-any-return]


def definition_of(operation: Any) -> dict[str, Any]:
    """An operation of the engine, as described in the document that the engine has loaded."""
    definition: dict[str, Any] = operation.definition.raw
    return definition


def boundary_test(case: AnyCase) -> BoundaryTest | None:
    """What a case of the coverage phase tries; None for any other case."""
    meta = case.meta
    if meta is None or not isinstance(meta.phase.data, CoveragePhaseData):
        return None
    data = meta.phase.data
    return BoundaryTest(
        meta.generation.mode.is_positive,
        data.scenario.value,
        data.scenario in REQUEST_SHAPE_PROBES,
        data.description,
        None if data.parameter_location is None else data.parameter_location.value,
        data.parameter,
        data.location,
        _value(case, data),
    )


def _value(case: AnyCase, data: CoveragePhaseData) -> str | None:
    location = data.parameter_location
    if location is None or location is ParameterLocation.BODY or data.parameter is None:
        return None
    sent = case.get_container(location)
    return repr(sent.get(data.parameter)) if isinstance(sent, Mapping) else None


def is_malformed(case: AnyCase) -> bool:
    """Whether the method or the content type of a case is wrong on purpose."""
    return coverage_scenario(case) in REQUEST_SHAPE_PROBES


def tries_other_method(case: AnyCase) -> bool:
    """Whether a case tries a method that its path does not declare."""
    return coverage_scenario(case) is CoverageScenario.UNSPECIFIED_HTTP_METHOD


def only_adds_parameters(case: AnyCase) -> bool:
    """Whether all that is wrong about a case is a parameter that the specification does not name."""
    data = case.meta.phase.data if case.meta is not None else None
    return (
        coverage_scenario(case) is CoverageScenario.OBJECT_UNEXPECTED_PROPERTIES
        and getattr(data, "parameter_location", None) is not ParameterLocation.BODY
    )


def phase_of(case: AnyCase) -> str:
    """The phase of the engine that a case is part of."""
    return "" if case.meta is None else case.meta.phase.name.value


def is_valid(case: AnyCase) -> bool:
    """Whether a case was generated to be valid."""
    return case.meta is not None and not case.meta.generation.mode.is_negative


def is_made_from_schema(case: AnyCase) -> bool:
    """Whether all values of a valid case come from the schema; in stateful tests some come from earlier messages."""
    meta = case.meta
    return meta is not None and meta.generation.mode.is_positive and meta.phase.name is not TestPhase.STATEFUL


def violated_body_keywords(case: AnyCase) -> tuple[frozenset[str], ...]:
    """For each change that makes the body of a random case invalid, the JSON Schema keywords that it violates."""
    data = case.meta.phase.data if case.meta is not None else None
    if data is None or isinstance(data, CoveragePhaseData):
        return ()
    return tuple(
        frozenset(mutation.keywords)
        for mutation in data.mutations
        if mutation.parameter_location is ParameterLocation.BODY
    )


def change_generated(generated: Any, change: Callable[[Any, frozenset[str]], Any]) -> Any:
    """Generated parameters, changed, with what the engine has noted about them.

    Args:
        change: is given the parameters and the names of those that are invalid on purpose. It is not called where the
            parameters are invalid as a whole.
    """
    if not isinstance(generated, GeneratedValue):
        return change(generated, frozenset())
    names = {mutation.parameter for mutation in generated.meta.mutations} if generated.meta else set()
    # A mutation without a parameter is about all of them.
    if None in names:
        return generated
    invalid = frozenset(name for name in names if name is not None)
    return generated.map_value(lambda values: change(values, invalid))


def add_hook(schema: BaseSchema, name: str, hook: Callable[..., Any]) -> None:
    """Let the engine call a function where it calls hooks of a name. The public way takes no methods."""
    schema.hooks.register_hook_with_name(hook, name)


# Checks


class ContractFailure(Failure):
    """A violation as a failure of the engine."""

    kind_title = "Violated contract"

    def __init__(self, case: AnyCase, rule: str, violation: RuleViolation) -> None:
        super().__init__(operation=case.operation.label, title=rule, message=violation.message, severity=Severity.HIGH)
        self.violation = violation

    @property
    def _unique_key(self) -> str:
        return self.title


def confirm_rejection(context: CheckContext, response: Response, case: AnyCase, *, rejected: bool) -> None:
    """Let the engine's own check for invalid requests see a response with the HTTP status that it amounts to.

    Raises:
        Failure: the engine takes the request for invalid, and it was not rejected.
    """
    seen = copy(response)
    seen.status_code = 400 if rejected else 200
    negative_data_rejection(context, seen, case)


@contextmanager
def registered(checks: Mapping[str, CheckFunction]) -> Iterator[None]:
    """Register checks with the engine for a while; its registry is global to the process."""
    for name, check in checks.items():
        check.__name__ = name
        schemathesis.check(check)
    try:
        yield
    finally:
        for name in checks:
            CHECKS.unregister(name)


# The engine


@dataclass(frozen=True, slots=True)
class CheckFailure:
    """A check that has failed.

    Attributes:
        probe: the check's own request that showed it; None if it was the case's.
    """

    check: str
    message: str
    probe: Probe | None


@dataclass(frozen=True, slots=True)
class SentCase:
    """A case that got a response."""

    operation_id: str
    response: Response
    failures: tuple[CheckFailure, ...]


@dataclass(frozen=True, slots=True)
class Scenario:
    """Cases that the engine has sent in sequence.

    Attributes:
        label: the engine's name for the operation, or the empty string.
    """

    phase: str
    label: str
    cases: tuple[SentCase, ...]


@dataclass(frozen=True, slots=True)
class EngineError:
    """Something that stopped the engine."""

    message: str


def authenticate(schema: BaseSchema, operation: str, auth: AuthBase) -> None:
    """Let all requests to an operation pass through an `auth` of `requests` before they are sent."""
    schema.auth.set_from_requests(auth).apply_to(operation_id=operation)


def execute(schema: BaseSchema) -> Iterator[Scenario | EngineError]:
    """Run the engine, and yield its events as they happen."""
    for event in from_schema(schema).execute():
        if isinstance(event, events.ScenarioFinished):
            yield _scenario(event)
        elif isinstance(event, events.NonFatalError):
            # That an operation has used up its budget is no error, but the engine has no other event for it.
            if not isinstance(event.value, NotSent):
                yield EngineError(f"{event.label}: {event.info.title}: {_first_paragraph(event.info.message)}")
        elif isinstance(event, events.FatalError):
            yield EngineError(f"{type(event.exception).__name__}: {event.exception}")
        elif isinstance(event, events.Interrupted):
            yield EngineError("interrupted")


def _scenario(event: events.ScenarioFinished) -> Scenario:
    recorder = event.recorder
    sent = (
        SentCase(operation_id(recorder.cases[case_id].value), interaction.response, tuple(_failures(recorder, case_id)))
        for case_id, interaction in recorder.interactions.items()
        if interaction.response is not None
    )
    return Scenario(event.phase.value.lower(), event.label or "", tuple(sent))


def _failures(recorder: Any, case_id: str) -> Iterator[CheckFailure]:
    for node in recorder.checks.get(case_id, ()):
        if node.status is Status.FAILURE and node.failure_info is not None:
            failure = node.failure_info.failure
            probe = failure.violation.probe if isinstance(failure, ContractFailure) else None
            yield CheckFailure(node.name, _message(failure), probe)


def _message(failure: Failure) -> str:
    if isinstance(failure, UseAfterFree):
        # The engine's own words demand HTTP 404 of every vendor.
        return f"succeeds, although {failure.free} has succeeded before"
    return failure.message


def _no_response(request: requests.PreparedRequest) -> Response:
    # The engine would leave the operation at the first request without a response. The log has no entry of it, so that
    # nothing that the engine thinks of this one is reported.
    return Response(HTTPStatus.SERVICE_UNAVAILABLE, {}, b"", request, 0.0, verify=True)


def _first_paragraph(text: str) -> str:
    # What follows are the engine's own commands, with stale signatures.
    return text.partition("\n\n")[0].partition("curl -X")[0].strip()[:MAX_ERROR_LENGTH]


@contextmanager
def patched_engine(transport: Transport) -> Iterator[None]:
    """For a while, let the engine send nothing past the budget: its own probes of the server included.

    The engine lets nobody choose its transport, and its hooks do not see its sessions.
    """
    engine, outage = schemathesis.engine.context, schemathesis.engine.outage
    send_case, make_session = REQUESTS_TRANSPORT.send, engine.make_session

    def send(case: AnyCase, *, session: requests.Session | None = None, **options: Any) -> Response:
        session = session or requests.Session()
        purpose = Purpose(operation_id(case), phase_of(case))
        if purpose.phase != TestPhase.STATEFUL:
            transport.availability.require_operation(purpose.operation, case.method, purpose.phase)
        transport.guard(session, purpose)
        try:
            return send_case(case, session=session, **options)
        except NETWORK_ERRORS as error:
            if not isinstance(error.request, requests.PreparedRequest):
                raise
            transport.fail(purpose, error.request, error)
            return _no_response(error.request)

    def guarded_session(config: ProjectConfig, **options: Any) -> requests.Session:
        # What the engine sends by itself, to find out what the server can take, is to no operation.
        session = make_session(config, **options)
        transport.guard(session)
        return session

    def is_reachable(address: object, *, https: bool) -> bool:
        return transport.is_reachable()

    with (
        patch.object(REQUESTS_TRANSPORT, "send", send),
        patch.object(engine, "make_session", guarded_session),
        patch.object(outage, "answers_after_reset", is_reachable),
    ):
        yield
