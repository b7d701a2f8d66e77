"""Valid callbacks are acknowledged as documented, however unusual they are."""

from typing import Any

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from bodydouble.contracts.core import clock
from bodydouble.contracts.receiver.context import (
    Rule,
    RuleViolation,
    RunContext,
    require_acknowledgement,
    send_example,
)
from bodydouble.contracts.receiver.payloads import encode
from bodydouble.contracts.receiver.sender import CallbackExchange

# The search for a smaller failing callback must end, also where each takes the receiver until its timeout.
SHRINKING_TIME = 15.0


class _Unacknowledged(Exception):
    pass


class _Property:
    """The property that each payload of a strategy is acknowledged, as Hypothesis calls it."""

    def __init__(self, context: RunContext, title: str) -> None:
        self._context = context
        self._title = title
        self._deadline = float("inf")
        self.sent: dict[bytes, CallbackExchange] = {}
        self.failed: list[CallbackExchange] = []

    def __call__(self, payload: Any) -> None:
        body = encode(payload)
        if body not in self.sent:
            if clock.monotonic() > self._deadline:
                return
            # Each payload counts once: a receiver may respond to a repetition in another way.
            self.sent[body] = self._context.sender.send(self._context.callback, payload, self._title)
        if not self.sent[body].acknowledged:
            self._deadline = min(self._deadline, clock.monotonic() + SHRINKING_TIME)
            self.failed.append(self.sent[body])
            raise _Unacknowledged


def _require_acknowledgements(context: RunContext, title: str, payloads: st.SearchStrategy[Any]) -> str:
    tested = _Property(context, title)

    def acknowledges(payload: Any) -> None:
        tested(payload)

    configured = settings(
        max_examples=context.examples,
        database=None,
        deadline=None,
        phases=[Phase.generate, Phase.shrink],
        # Health checks rate how well a strategy draws: that depends on the specification, not on the receiver.
        suppress_health_check=list(HealthCheck),
        report_multiple_bugs=False,
    )
    try:
        seed(context.seed)(configured(given(payloads)(acknowledges)))()
    except _Unacknowledged:
        # Hypothesis ends with the smallest failing example.
        smallest = tested.failed[-1]
        raise RuleViolation(f"{title} is not acknowledged: {smallest.problem}", smallest) from None
    return f"{len(tested.sent)} different payloads"


def _valid(context: RunContext) -> str:
    title = "the documented example"
    if context.effects is not None:
        context.effects.calibrate(title)
    else:
        send_example(context.sender, context.payloads, context.callback, title)
    generated = context.payloads.valid(context.callback)
    return "the documented example and " + _require_acknowledgements(context, "a valid callback", generated)


def _unusual(context: RunContext) -> str:
    single = context.payloads.unusual(context.callback)
    for payload in single:
        require_acknowledgement(context.sender.send(context.callback, payload, "a valid, but unusual callback"))
    hostile = context.payloads.hostile(context.callback)
    several = _require_acknowledgements(context, "a valid, but very unusual callback", hostile)
    return f"{len(single)} payloads that are unusual in one place, and {several}"


RULES = (
    Rule(
        "acknowledges-valid",
        "Valid callbacks are acknowledged as documented, and in time.",
        lambda context: f"{context.callback.pointer}/responses",
        _valid,
    ),
    Rule(
        "acknowledges-unusual",
        "So are valid callbacks with unknown fields, unusual or long texts, and values at the limits of the schema.",
        lambda context: f"{context.callback.pointer}/requestBody",
        _unusual,
    ),
)
