"""Callbacks that are not genuine, or not fresh, are rejected."""

from collections.abc import Iterable
from functools import partial

from bodydouble.contracts.receiver.context import (
    EffectViolation,
    NotApplicable,
    Rule,
    RuleViolation,
    RunContext,
    task_of,
)
from bodydouble.contracts.receiver.payloads import encode
from bodydouble.contracts.receiver.sender import CallbackExchange
from bodydouble.contracts.receiver.signature_variants import SignatureVariant
from bodydouble.contracts.signatures.callbacks import covers_body, covers_url

# As long as a digest in hexadecimal, and never a real one.
_ZEROS = {"md5-template": "0" * 32, "mss-a": "0" * 64}
Forgery = tuple[str, SignatureVariant]


def _require_rejections(context: RunContext, forgeries: Iterable[Forgery]) -> str:
    tried = []
    for title, variant in forgeries:
        context.confirmed(partial(_require_rejection, context, title, variant))
        tried.append(title.removeprefix("a callback "))
    return "rejected: " + "; ".join(tried)


def _require_rejection(context: RunContext, title: str, variant: SignatureVariant) -> None:
    payload, effects = context.payloads.example(context.callback), context.effects
    before = effects.settled() if effects is not None else None
    forged = context.sender.send(context.callback, payload, title, variant)
    if forged.acknowledged:
        raise RuleViolation(f"{title} is acknowledged", forged)
    if not forged.rejected:
        raise RuleViolation(f"{title} is not rejected: {_breakdown(forged)}", forged)
    task = task_of(context.callback, payload)
    if effects is not None and before is not None:
        after = effects.quiet()
        if after.count != before.count or (task is not None and task in after.tasks):
            raise EffectViolation(f"{title} is rejected, but processed", forged)
    # A receiver that rejects everything detects no forgery; and a forgery must not block the genuine callback.
    genuine = context.sender.send(context.callback, payload, "the same callback, genuine")
    if not genuine.acknowledged:
        raise RuleViolation(f"after {title}, the genuine one is not acknowledged: {genuine.problem}", forged, genuine)
    if effects is not None and before is not None and effects.visible:
        took_effect = effects.of(task, before)
        if not took_effect(effects.wait(took_effect)):
            raise RuleViolation(f"after {title}, the genuine one has no effect", forged, genuine)


def _breakdown(exchange: CallbackExchange) -> str:
    return exchange.problem if exchange.response is None else f"status {exchange.response.status}"


def _wrong_signature(context: RunContext) -> str:
    signature = context.require_signature()
    zeros = _ZEROS[signature["scheme"]]
    return _require_rejections(
        context,
        [
            ("a callback without signature", SignatureVariant(omitted=frozenset({"signature", "timestamp"}))),
            ("a callback with a timestamp, but no signature", SignatureVariant(omitted=frozenset({"signature"}))),
            ("a callback with a signature, but no timestamp", SignatureVariant(omitted=frozenset({"timestamp"}))),
            ("a callback with an empty signature", SignatureVariant(replaced="")),
            ("a callback with a signature of zeros", SignatureVariant(replaced=zeros)),
            ("a callback signed with another key", SignatureVariant(wrong_key=True)),
        ],
    )


def _changed_timestamp(context: RunContext) -> str:
    context.require_signature()
    variant = SignatureVariant(signed_age=context.window / 2 + 2)
    return _require_rejections(context, [("a callback with an old signature and a new timestamp", variant)])


def _stale_timestamp(context: RunContext) -> str:
    context.require_signature()
    far = 2 * context.window + 60
    tried = _require_rejections(
        context,
        [
            (f"a callback that was signed {far:g} seconds ago", SignatureVariant(age=far)),
            (f"a callback that was signed {far:g} seconds in the future", SignatureVariant(age=-far)),
        ],
    )
    return f"{tried} (a timestamp may be {context.window:g} seconds off)"


def _changed_body(context: RunContext) -> str:
    if not covers_body(context.require_signature()):
        raise NotApplicable(
            "the vendor's signature does not cover the body; ask the vendor's API where the content matters"
        )
    other = encode(context.payloads.example(context.callback))
    variant = SignatureVariant(signed_body=other)
    return _require_rejections(context, [("a callback with another body than the signed one", variant)])


def _changed_url(context: RunContext) -> str:
    if not covers_url(context.require_signature()):
        raise NotApplicable("the vendor's signature does not cover the URL")
    variant = SignatureVariant(late_query="added=1")
    return _require_rejections(context, [("a callback with a query parameter that was not signed", variant)])


def _signature(context: RunContext) -> str:
    return f"{context.callback.pointer}/x-delivery" + ("/signature" if context.callback.delivery.signature else "")


RULES = (
    Rule(
        "rejects-wrong-signature",
        "A callback with a wrong signature, or none, is rejected.",
        _signature,
        _wrong_signature,
    ),
    Rule(
        "rejects-changed-timestamp",
        "A callback whose timestamp is not the signed one is rejected.",
        _signature,
        _changed_timestamp,
    ),
    Rule(
        "rejects-stale-timestamp",
        "A correctly signed callback with a timestamp outside the window is rejected.",
        _signature,
        _stale_timestamp,
    ),
    Rule(
        "rejects-changed-body",
        "A callback whose body is not the signed one is rejected.",
        _signature,
        _changed_body,
    ),
    Rule(
        "rejects-changed-url",
        "A callback to another URL than the signed one is rejected.",
        _signature,
        _changed_url,
    ),
)
