"""Valid callbacks take effect, also where they are late, or say more than the contract does."""

from typing import Any

from bodydouble.contracts.receiver.context import (
    NotApplicable,
    Rule,
    RuleViolation,
    RunContext,
    require_acknowledgement,
    task_of,
)

# Seconds between an event and its callback: far more than any window of a signature, and no more than an outage.
LATENESS = 3600.0


def _require_effect(context: RunContext, payload: Any, title: str) -> None:
    effects = context.effects
    if effects is None or not effects.visible:
        require_acknowledgement(context.sender.send(context.callback, payload, title))
        return
    before = effects.settled()
    exchange = require_acknowledgement(context.sender.send(context.callback, payload, title))
    took_effect = effects.of(task_of(context.callback, payload), before)
    if not took_effect(effects.wait(took_effect)):
        raise RuleViolation(f"{title} is acknowledged, but has no effect", exchange)


def _late(context: RunContext) -> str:
    if context.callback.event.time is None:
        raise NotApplicable("nothing in the payload says when the event happened")
    payload = context.payloads.example(context.callback, LATENESS)
    _require_effect(context, payload, f"a callback about an event of {LATENESS:g} seconds ago")
    return f"a callback that came {LATENESS:g} seconds after its event"


def _unknown_fields(context: RunContext) -> str:
    if not context.require_effects().visible:
        raise NotApplicable("the probe shows nothing of a genuine callback")
    payload = context.payloads.with_unknown_fields(context.callback)
    _require_effect(context, payload, "a callback with unknown fields")
    return "a callback with an unknown field in each object"


RULES = (
    Rule(
        "processes-late",
        "A callback that comes long after its event, freshly signed, is acknowledged and takes effect.",
        lambda context: f"{context.callback.pointer}/x-event",
        _late,
    ),
    Rule(
        "processes-unknown-fields",
        "A callback with fields that the contract does not name takes effect.",
        lambda context: f"{context.callback.pointer}/requestBody",
        _unknown_fields,
    ),
)
