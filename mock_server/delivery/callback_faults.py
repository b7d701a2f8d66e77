"""Faults of callbacks: which strike an event, and what they do to an attempt."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import orjson
from sqlalchemy import Connection

from bodydouble.contracts.core.late_dataclass import dataclass
from bodydouble.contracts.signatures.callbacks import Signed
from bodydouble.mock_server.clock import wall_ms
from bodydouble.mock_server.delivery.stages import PreparedCallback
from bodydouble.mock_server.engine.faults import StruckFault, Target
from bodydouble.mock_server.store import scenarios
from bodydouble.mock_server.store.database import Database
from bodydouble.mock_server.store.delivery_faults import EventFaults, faults_of, put_off, set_decided, total_ms
from bodydouble.mock_server.store.scenarios import Call

# In the order in which they apply, whatever the order of the scenarios.
_ORDER = (
    "early",
    "late",
    "reordered",
    "lost",
    "unknownField",
    "staleTimestamp",
    "wrongSignature",
    "changedBody",
    "doubled",
)
# They move an event, not its retries.
_MOVING = frozenset({"early", "late", "reordered"})
_OF_SIGNATURES = frozenset({"staleTimestamp", "wrongSignature"})
UNKNOWN_FIELD = "bodydouble_unknown_field"


@dataclass(frozen=True, slots=True)
class SendingFaults:
    """What faults do to one attempt.

    Attributes:
        is_lost: whether nothing is sent.
        copies: how many times it is sent.
    """

    kinds: frozenset[str] = frozenset()
    stale_ms: int = 0
    is_lost: bool = False
    copies: int = 1

    @classmethod
    def of(cls, faults: Sequence[StruckFault]) -> "SendingFaults":
        """What some faults do together."""
        if not faults:
            return _NONE
        kinds = frozenset(fault.kind for fault in faults)
        copies = max([1, *(fault.parameters["copies"] for fault in faults if fault.kind == "doubled")])
        return cls(kinds, total_ms(faults, "staleTimestamp"), "lost" in kinds, copies)

    def before_signing(self, body: bytes) -> bytes:
        """The body that is signed."""
        if "unknownField" not in self.kinds:
            return body
        return orjson.dumps({**orjson.loads(body), UNKNOWN_FIELD: "A vendor may add fields."})

    def time(self, now: int) -> int:
        """The time that is signed, epoch milliseconds."""
        return max(0, now - self.stale_ms)

    def signed(self, signature: Mapping[str, Any], signed: Signed) -> Signed:
        """What a signature adds."""
        if "wrongSignature" not in self.kinds:
            return signed
        place, name = signature["signature"]["in"], signature["signature"]["name"]
        values: dict[str, Any] = {"header": "headers", "query": "query", "body": "body"}
        attribute = values[place]
        added = getattr(signed, attribute)
        return replace(signed, **{attribute: {**added, name: _wrong(added[name])}})

    def after_signing(self, body: bytes) -> bytes:
        """The body that is sent."""
        return changed_body(body) if "changedBody" in self.kinds else body


_NONE = SendingFaults()


def _wrong(signature: str) -> str:
    # The first character counts in every notation, in capitals or not.
    return ("b" if signature[:1] in "aA" else "a") + signature[1:]


def changed_body(body: bytes) -> bytes:
    """A JSON body whose first text has another end; without a text, one with a further field."""
    value = orjson.loads(body)
    if not _change_text(value) and isinstance(value, dict):
        value["changed"] = True
    return orjson.dumps(value)


def _change_text(value: Any) -> bool:
    entries = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in entries:
        if isinstance(inner, str):
            value[key] = inner + "~"
            return True
        if _change_text(inner):
            return True
    return False


def decide_all(database: Database, prepared: Sequence[PreparedCallback]) -> list[PreparedCallback]:
    """Decide the faults of callbacks at their first look; those that are put off are missing in the result."""
    undecided = {callback.delivery.id for callback in prepared if _is_undecided(callback)}
    if undecided:
        # In the order of all other writers, by account.
        ordered = sorted(prepared, key=lambda callback: callback.delivery.account_id)
        with database.write() as connection:
            decided = {c.delivery.id: _decided(connection, c) for c in ordered if c.delivery.id in undecided}
        prepared = [decided.get(callback.delivery.id, callback) for callback in prepared]
    ready = [c for c in prepared if c.delivery.id not in undecided or c.delivery.due_at <= _now(c)]
    return [_with_faults(callback) if callback.delivery.faults is not None else callback for callback in ready]


def _is_undecided(callback: PreparedCallback) -> bool:
    has_scenarios, delivery = callback.event.account.scenario_count, callback.delivery
    return bool(has_scenarios) and not delivery.attempts and not faults_of(delivery).is_decided


def _now(callback: PreparedCallback) -> int:
    return callback.event.account.clock.now(wall_ms())


def _decided(connection: Connection, callback: PreparedCallback) -> PreparedCallback:
    delivery, now = callback.delivery, _now(callback)
    struck = (*faults_of(delivery).struck, *_strike(connection, callback, now))
    due_at = delivery.due_at + total_ms(struck, "late", "reordered")
    delivery = replace(delivery, faults=EventFaults(struck, is_decided=True).text(), due_at=due_at)
    if due_at > now:
        put_off(connection, delivery, with_later=all(fault.kind != "reordered" for fault in struck))
    else:
        delivery = replace(delivery, due_at=callback.delivery.due_at)
        set_decided(connection, delivery)
    return replace(callback, delivery=delivery)


def _strike(connection: Connection, callback: PreparedCallback, now: int) -> list[StruckFault]:
    delivery, event, vendor = callback.delivery, callback.event, callback.vendor
    is_signed = vendor.signature(event) is not None and vendor.signing_parts(event) is not None
    name = None if event.subject is None else event.subject.task.name
    texts = (callback.payload.decode(),)
    call = Call(delivery.account_id, delivery.vendor, delivery.callback, now, name, texts)
    return scenarios.strike(
        connection, call, Target.CALLBACK, lambda fault: is_signed or fault["kind"] not in _OF_SIGNATURES
    )


def _with_faults(callback: PreparedCallback) -> PreparedCallback:
    struck = sorted(faults_of(callback.delivery).struck, key=lambda fault: _ORDER.index(fault.kind))
    if callback.delivery.attempts:
        struck = [fault for fault in struck if fault.kind not in _MOVING]
    return replace(callback, faults=tuple(struck))
