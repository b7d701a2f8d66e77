"""Test a receiver: every rule, against one callback of a contract."""

import random
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from bodydouble.contracts.core import clock
from bodydouble.contracts.core.names import plain_name
from bodydouble.contracts.core.tls import SYSTEM_TRUST, Trust
from bodydouble.contracts.model import extensions
from bodydouble.contracts.model.contract import Callback, Contract
from bodydouble.contracts.receiver import acknowledgement_rules, forgery_rules, idempotency_rules, tolerance_rules
from bodydouble.contracts.receiver.context import NotApplicable, Rule, RuleViolation, RunContext, send_example
from bodydouble.contracts.receiver.effects import Effects
from bodydouble.contracts.receiver.payloads import Payloads
from bodydouble.contracts.receiver.probe import Probe
from bodydouble.contracts.receiver.report import Check, ReceiverReport, Step, Verdict
from bodydouble.contracts.receiver.sender import CallbackSender
from bodydouble.contracts.redaction.fields import FieldRedactor
from bodydouble.contracts.signatures.callbacks import DEFAULT_WINDOW, required_parts

RULES: tuple[Rule, ...] = (
    *acknowledgement_rules.RULES,
    *tolerance_rules.RULES,
    *forgery_rules.RULES,
    *idempotency_rules.RULES,
)
DEFAULT_EXAMPLES = 50
DEFAULT_SETTLE = 5.0


class CannotRun(ValueError):
    """The run cannot begin: a name or a key is missing or wrong; the message says which."""


class UnfittingKey(CannotRun):
    """A key has a value that the callback cannot show.

    Attributes:
        name: the key's.
    """

    def __init__(self, name: str, message: str) -> None:
        super().__init__(message)
        self.name = name


@dataclass(frozen=True, slots=True)
class ReceiverOptions:
    """How a receiver is tested.

    Attributes:
        keys: the account's values from which signatures are made, by name (`authKey`, `tenantId`, `key`); the style of
            the names (`auth_key`) does not matter.
        signature: an `x-signature` in place of the specification's, where an account has one of its own.
        window: seconds that a timestamp may be off; None for the signature's own, or 300 if it has none.
        examples: payloads for each of the two properties.
        settle: seconds that the receiver has to process what it has acknowledged.
        seed: makes the same payloads again; None for a new one.
    """

    keys: Mapping[str, str]
    signature: Mapping[str, Any] | None = None
    window: float | None = None
    examples: int = DEFAULT_EXAMPLES
    settle: float = DEFAULT_SETTLE
    seed: int | None = None
    trust: Trust = SYSTEM_TRUST


def run(
    contract: Contract, callback_id: str, url: str, probe: Probe | None = None, options: ReceiverOptions | None = None
) -> ReceiverReport:
    """Test a receiver against one callback of a contract.

    Args:
        callback_id: operationId of the callback.
        url: the receiver's, as the vendor would be told it.
        probe: tells what the receiver has processed. Without one, the rules about duplicates and order do not apply.

    Raises:
        CannotRun: there is no such callback, or a key is missing.
        ReceiverUnreachable: nothing listens at the URL.
        ProbeError: the probe gives no usable response.
    """
    options = options or ReceiverOptions({})
    started = clock.monotonic()
    context = _context(contract, _callback(contract, callback_id, options), url, probe, options)
    checks = tuple(_check(context, rule) for rule in RULES)
    seconds = round(clock.monotonic() - started, 3)
    return ReceiverReport(contract.vendor, callback_id, context.sender.redacted(url), context.seed, checks, seconds)


def _callback(contract: Contract, callback_id: str, options: ReceiverOptions) -> Callback:
    callback = contract.callbacks.get(callback_id)
    if callback is None:
        raise CannotRun(
            f"{contract.vendor} has no callback {callback_id!r}; there are: {', '.join(sorted(contract.callbacks))}"
        )
    if options.signature is None:
        return callback
    errors = extensions.value_errors("x-signature", options.signature)
    if errors:
        raise CannotRun(f"the signature is not an x-signature: {'; '.join(errors)}")
    return replace(callback, delivery=replace(callback.delivery, signature=options.signature))


def _context(
    contract: Contract, callback: Callback, url: str, probe: Probe | None, options: ReceiverOptions
) -> RunContext:
    keys = _named(callback, options.keys)
    signature, unsigned_because = _signature(contract, callback, keys, options.signature is not None)
    own = signature.get("window") if signature is not None else None
    seed = options.seed if options.seed is not None else random.SystemRandom().randrange(2**32)
    public = frozenset(callback.event.account.values())
    sender = CallbackSender(url, keys, signature, FieldRedactor(contract.sensitive), public, options.trust)
    payloads = _payloads(contract, callback, keys)
    return RunContext(
        contract=contract,
        callback=callback,
        sender=sender,
        payloads=payloads,
        effects=None if probe is None else _effects(probe, sender, payloads, callback, options.settle),
        signature=signature,
        unsigned_because=unsigned_because,
        window=options.window or own or DEFAULT_WINDOW,
        examples=options.examples,
        seed=seed,
    )


def _payloads(contract: Contract, callback: Callback, keys: Mapping[str, str]) -> Payloads:
    payloads = Payloads(contract, keys)
    for name, problem in payloads.unfitting_keys(callback).items():
        raise UnfittingKey(name, f"{callback.id} cannot show the {name}: {problem}")
    return payloads


def _effects(probe: Probe, sender: CallbackSender, payloads: Payloads, callback: Callback, settle: float) -> Effects:
    def send_marker(title: str) -> str | None:
        return send_example(sender, payloads, callback, title)

    return Effects(probe, send_marker, lambda: sender.sent, settle)


def _named(callback: Callback, keys: Mapping[str, str]) -> dict[str, str]:
    """The user's keys under the names that the contract uses."""
    known = set(callback.event.account.values())
    if callback.delivery.signature is not None:
        try:
            known |= required_parts(callback.delivery.signature)
        except ValueError as error:
            raise CannotRun(str(error)) from error
    names = {plain_name(name): name for name in known}
    return {names.get(plain_name(name), name): value for name, value in keys.items()}


def _signature(
    contract: Contract, callback: Callback, keys: Mapping[str, str], always: bool
) -> tuple[Mapping[str, Any] | None, str]:
    signature = callback.delivery.signature
    if signature is None:
        return None, "the vendor does not sign this callback: anyone who knows the URL can send one"
    required = required_parts(signature)
    missing = ", ".join(sorted(required - keys.keys()))
    if not missing:
        return signature, ""
    if always or any(parameter.required for parameter in callback.parameters) or required & keys.keys():
        raise CannotRun(f"{contract.vendor} signs {callback.id}; missing keys: {missing}")
    return None, f"the vendor signs this callback only for accounts with a key, and none was given ({missing})"


def _check(context: RunContext, rule: Rule) -> Check:
    sent = context.sender.sent
    location = f"specs/{context.contract.vendor}/openapi.yaml{rule.location(context)}"
    verdict = Verdict.PASSED
    steps: tuple[Step, ...] = ()
    try:
        reason = rule.evaluate(context)
    except NotApplicable as error:
        verdict, reason = Verdict.NOT_APPLICABLE, str(error)
    except RuleViolation as violation:
        verdict, reason = Verdict.FAILED, context.sender.redacted(str(violation))
        steps = tuple(context.sender.step(exchange) for exchange in violation.exchanges)
    return Check(rule.name, rule.description, verdict, reason, location, context.sender.sent - sent, steps)
