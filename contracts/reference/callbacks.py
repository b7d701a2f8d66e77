"""Callbacks: what triggers them, when they are sent again, and how they are signed and acknowledged."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from bodydouble.contracts.core.json_pointer import lookup
from bodydouble.contracts.model.contract import Callback, Contract
from bodydouble.contracts.model.delivery import RetryRules
from bodydouble.contracts.reference.lifecycles import span
from bodydouble.contracts.reference.marks import Decision, Decisions, Mark, mark_of
from bodydouble.contracts.reference.messages import BodyReference, MessageReader, ParameterReference, ResponseReference
from bodydouble.contracts.reference.sign_in import SignatureReference, signature_reference


@dataclass(frozen=True, slots=True)
class AttemptReference:
    """One attempt at a delivery, if those before it have failed.

    Attributes:
        wait: seconds since the one before it; 0 for the first one.
        at: seconds since the first one.
    """

    wait: float
    at: float


@dataclass(frozen=True, slots=True)
class CallbackReference:
    """A callback.

    Attributes:
        triggers: states that send it, each with its lifecycle.
        attempts: at its delivery, at most.
        rules: what retries depend on beside their number, in words.
        event: what of the payload tells events apart, in words, each with a JSON pointer.
        responses: of the receiver: acknowledgements, and rejections.
    """

    callback: Callback
    description: str
    tags: tuple[str, ...]
    triggers: tuple[tuple[str, str], ...]
    parameters: tuple[ParameterReference, ...]
    body: BodyReference | None
    responses: tuple[ResponseReference, ...]
    attempts: tuple[AttemptReference, ...]
    rules: tuple[str, ...]
    delivery_mark: Mark | None
    delivery_decisions: tuple[Decision, ...]
    signature: SignatureReference | None
    event: tuple[tuple[str, str], ...]
    mark: Mark | None
    decisions: tuple[Decision, ...]

    def acknowledges(self, response: ResponseReference) -> bool:
        """Whether a response of the receiver's is an acknowledgement."""
        return response.status in self.callback.acknowledgements


def callback_reference(contract: Contract, name: str, decisions: Decisions) -> CallbackReference:
    """A callback of a contract.

    Raises:
        KeyError: it has none of that name.
    """
    callback = contract.callbacks[name]
    path = contract.document.path_of(callback.pointer)
    node = lookup(contract.document.content, callback.pointer)
    messages = MessageReader(contract, decisions)
    delivery = node["x-delivery"]
    signature = delivery.get("signature")
    at_signature = (*path, "x-delivery", "signature")
    return CallbackReference(
        callback=callback,
        description=node.get("description", ""),
        tags=tuple(node.get("tags", ())),
        triggers=tuple(_triggers(contract, name)),
        parameters=messages.parameters(path),
        body=messages.body((*path, "requestBody"), "body"),
        responses=messages.responses(path),
        attempts=tuple(attempts(callback.delivery.retries)),
        rules=tuple(retry_rules(callback.delivery.retry_rules)),
        delivery_mark=mark_of(delivery),
        delivery_decisions=decisions.at((*path, "x-delivery")),
        signature=None if signature is None else signature_reference(signature, at_signature, decisions),
        event=tuple(_event(node.get("x-event", {}))),
        mark=mark_of(node),
        decisions=decisions.below(path, ("responses",)),
    )


def _triggers(contract: Contract, name: str) -> Iterator[tuple[str, str]]:
    for lifecycle in contract.lifecycles.values():
        for state in lifecycle.states.values():
            if state.callback == name:
                yield lifecycle.name, state.name


def attempts(retries: tuple[float, ...]) -> Iterator[AttemptReference]:
    """The attempts of a schedule of retries, the first one included."""
    at = 0.0
    yield AttemptReference(0, at)
    for wait in retries:
        at += wait
        yield AttemptReference(wait, at)


def retry_rules(rules: RetryRules) -> Iterator[str]:
    """What changes the waits, in words."""
    if rules.jitter:
        yield f"Each wait is up to {rules.jitter:.0%} longer or shorter."
    if rules.after_timeout is not None:
        yield f"Without a whole response in time: {_waits(rules.after_timeout)}."
    if rules.after_429 is not None:
        yield f"After a response of status 429: {_waits(rules.after_429)}."
    if rules.max_retry_after is not None:
        yield f"Retry-After of a 429 or 503 puts the next attempt off, up to {span(rules.max_retry_after)}."


def _waits(seconds: tuple[float, ...]) -> str:
    return f"the waits are {', '.join(map(span, seconds))}" if seconds else "no further attempt"


def _event(node: Any) -> Iterator[tuple[str, str]]:
    words = {"id": "Id of the event, the same in every attempt", "time": "When it happened", "task": "Id of the task"}
    for key, text in words.items():
        if key in node:
            yield text, node[key]
    for pointer, credential in node.get("account", {}).items():
        yield f"Account, as its credential {credential}", pointer
