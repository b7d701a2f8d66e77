"""Testing a receiver."""

import random
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from bodydouble.contracts.core import clock
from bodydouble.contracts.core.names import plain_name
from bodydouble.contracts.model import extensions
from bodydouble.contracts.model.contract import Callback, Contract
from bodydouble.contracts.receiver import acknowledgement_rules, forgery_rules, idempotency_rules
from bodydouble.contracts.receiver.context import Broken, NotApplicable, Promise, Session
from bodydouble.contracts.receiver.payloads import Payloads
from bodydouble.contracts.receiver.probe import Probe
from bodydouble.contracts.receiver.report import Check, ReceiverReport, Step, Verdict
from bodydouble.contracts.receiver.sender import Courier
from bodydouble.contracts.redaction.fields import FieldRedactor
from bodydouble.contracts.signatures.callbacks import DEFAULT_WINDOW, required_parts

PROMISES: tuple[Promise, ...] = (*acknowledgement_rules.PROMISES, *forgery_rules.PROMISES, *idempotency_rules.PROMISES)
DEFAULT_EXAMPLES = 50
DEFAULT_SETTLE = 5.0


class CannotTest(ValueError):
    """The run cannot begin: a name or a key is missing or wrong; the message says which."""


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


def run(
    contract: Contract, callback_id: str, url: str, probe: Probe | None = None, options: ReceiverOptions | None = None
) -> ReceiverReport:
    """Hold a receiver to a callback of a contract.

    Args:
        callback_id: operationId of the callback.
        url: the receiver's, as the vendor would be told it.
        probe: tells what the receiver has processed. Without one, nothing is said about duplicates and order.

    Raises:
        CannotTest: there is no such callback, or a key is missing.
        ReceiverUnreachable: nobody listens at the URL.
        ProbeError: the probe gives no usable answer.
    """
    options = options or ReceiverOptions({})
    started = clock.monotonic()
    session = _session(contract, _callback(contract, callback_id, options), url, probe, options)
    checks = tuple(_check(session, promise) for promise in PROMISES)
    seconds = round(clock.monotonic() - started, 3)
    return ReceiverReport(contract.vendor, callback_id, session.courier.clean(url), session.seed, checks, seconds)


def _callback(contract: Contract, callback_id: str, options: ReceiverOptions) -> Callback:
    callback = contract.callbacks.get(callback_id)
    if callback is None:
        raise CannotTest(
            f"{contract.vendor} has no callback {callback_id!r}; there are: {', '.join(sorted(contract.callbacks))}"
        )
    if options.signature is None:
        return callback
    objections = extensions.objections("x-signature", options.signature)
    if objections:
        raise CannotTest(f"the signature is not an x-signature: {'; '.join(objections)}")
    return replace(callback, delivery=replace(callback.delivery, signature=options.signature))


def _session(
    contract: Contract, callback: Callback, url: str, probe: Probe | None, options: ReceiverOptions
) -> Session:
    keys = _named(callback, options.keys)
    signature, unsigned_because = _signature(contract, callback, keys, options.signature is not None)
    own = signature.get("window") if signature is not None else None
    seed = options.seed if options.seed is not None else random.SystemRandom().randrange(2**32)
    public = frozenset(callback.event.account.values())
    courier = Courier(url, keys, signature, FieldRedactor(contract.sensitive), public)
    return Session(
        contract=contract,
        callback=callback,
        courier=courier,
        payloads=Payloads(contract, keys),
        probe=probe,
        signature=signature,
        unsigned_because=unsigned_because,
        window=options.window or own or DEFAULT_WINDOW,
        settle=options.settle,
        examples=options.examples,
        seed=seed,
    )


def _named(callback: Callback, given: Mapping[str, str]) -> dict[str, str]:
    """The given keys under the names that the contract uses."""
    wanted = set(callback.event.account.values())
    if callback.delivery.signature is not None:
        try:
            wanted |= required_parts(callback.delivery.signature)
        except ValueError as error:
            raise CannotTest(str(error)) from error
    names = {plain_name(name): name for name in wanted}
    return {names.get(plain_name(name), name): value for name, value in given.items()}


def _signature(
    contract: Contract, callback: Callback, keys: Mapping[str, str], always: bool
) -> tuple[Mapping[str, Any] | None, str]:
    signature = callback.delivery.signature
    if signature is None:
        return None, "the vendor does not sign this callback: whoever knows the URL can send one"
    wanted = required_parts(signature)
    missing = ", ".join(sorted(wanted - keys.keys()))
    if not missing:
        return signature, ""
    if always or any(parameter.required for parameter in callback.parameters) or wanted & keys.keys():
        raise CannotTest(f"{contract.vendor} signs {callback.id}; missing keys: {missing}")
    return None, f"the vendor signs this callback only for accounts with a key, and none was given ({missing})"


def _check(session: Session, promise: Promise) -> Check:
    sent = session.courier.sent
    location = f"specs/{session.contract.vendor}/openapi.yaml{promise.location(session)}"
    verdict = Verdict.PASSED
    steps: tuple[Step, ...] = ()
    try:
        why = promise.test(session)
    except NotApplicable as reason:
        verdict, why = Verdict.NOT_APPLICABLE, str(reason)
    except Broken as failure:
        verdict, why = Verdict.FAILED, session.courier.clean(str(failure))
        steps = tuple(session.courier.step(exchange) for exchange in failure.exchanges)
    return Check(promise.name, promise.words, verdict, why, location, session.courier.sent - sent, steps)
