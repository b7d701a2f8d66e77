"""The laws between requests that an observer of the traffic can check: it sends nothing, and knows no other traffic.

It is right under many clients at once. A request is compared only with responses that had come before it was sent, and
a record only with requests that were not on their way at the same time.
"""

import threading
from collections import Counter, OrderedDict
from collections.abc import Iterator, Mapping
from typing import Any

from bodydouble.contracts.core.json_pointer import parts, value_at
from bodydouble.contracts.core.late_dataclass import dataclass
from bodydouble.contracts.model.contract import Contract, ErrorCase, Operation, ParsedRequest
from bodydouble.contracts.model.exchange import OperationExchange
from bodydouble.contracts.model.filters import is_same
from bodydouble.contracts.model.law_violation import LawViolation
from bodydouble.contracts.model.laws import Law, OperationLaws, Record
from bodydouble.contracts.model.lifecycle import Lifecycle
from bodydouble.contracts.model.message_laws import message_violations
from bodydouble.contracts.model.record_ids import created_id, identified_records, requested_ids
from bodydouble.contracts.model.record_memory import RecordMemory, RememberedRecord, Witnessed
from bodydouble.contracts.model.violation import short_json

MAX_RECORDS = 10_000
MAX_SENDERS = 1_000
Values = Mapping[str, tuple[Any, OperationExchange]]
_CHANGING = ("create", "update", "delete", "act")
_REMOVING = ("delete", "act")


@dataclass(frozen=True, slots=True)
class RequestStart:
    """A request that is on its way.

    Attributes:
        at: the number of the event.
        targets: the identifiers of the records that it may change.
    """

    operation: Operation
    sender: str
    at: int
    targets: tuple[str, ...]


class PassiveLaws:
    """Checks the laws on all traffic of one endpoint; may be used by many threads.

    Args:
        max_records: how many records of a kind are remembered for each sender; the least recently used are forgotten.
        with_bodies: whether violations name earlier requests with their bodies, which costs memory.
        sees_all: whether nobody else changes what is seen to be created.

    Attributes:
        tested: how many responses there was something to compare in, by operationId and law.
    """

    def __init__(
        self, contract: Contract, max_records: int = MAX_RECORDS, *, with_bodies: bool = True, sees_all: bool = False
    ) -> None:
        self._sees_all = sees_all
        self._with_bodies = with_bodies
        self._max_records = max_records
        self._memories: OrderedDict[str, dict[str, RecordMemory]] = OrderedDict()
        self._events = 0
        self._lock = threading.Lock()
        every = (operation.laws for operation in contract.operations.values())
        self._has_nested_records = any(laws is not None and laws.within is not None for laws in every)
        self.tested: Counter[tuple[str, Law]] = Counter()

    def begin(self, operation: Operation, request: ParsedRequest | None, sender: str = "") -> RequestStart:
        """Note that a request is about to be sent. Without this, `observe` takes it for sent alone.

        Args:
            request: as the operation decodes it.
            sender: whom its credentials belong to.
        """
        laws = operation.laws
        changes = laws is not None and laws.role in _CHANGING and request is not None
        with self._lock:
            self._events += 1
            # Where the request names a record by another identifier than reads do, it may be any record.
            by_own_id = laws is not None and laws.target_id is None
            targets = laws.target_ids(request) if changes and by_own_id and laws and request else ()
            self._forget_within(sender, laws, targets)
            targets = tuple(laws.scoped(request, identifier) for identifier in targets) if laws is not None else ()
            for identifier in targets:
                self._memory(sender, laws).use(identifier).changes += 1
            return RequestStart(operation, sender, self._events, targets)

    def abandon(self, start: RequestStart) -> None:
        """Note that a request got no response: whether it has changed anything is unknown."""
        with self._lock:
            self._events += 1
            self._end(start)
            for identifier in start.targets:
                record = self._memory(start.sender, start.operation.laws).use(identifier)
                record.uncertain, record.states = True, None
                record.values.clear()

    def observe(
        self, exchange: OperationExchange, sender: str = "", start: RequestStart | None = None
    ) -> list[LawViolation]:
        """Check a response.

        Args:
            sender: whom the request's credentials belong to.
            start: of the request; None if no other request was on its way.
        """
        laws = exchange.operation.laws
        if laws is None:
            return []
        start = start or self.begin(exchange.operation, exchange.parsed, sender)
        with self._lock:
            self._events += 1
            violations = list(message_violations(exchange, self.tested))
            if laws.resource:
                memory = self._memory(start.sender, laws)
                evidence = exchange if self._with_bodies else exchange.without_bodies()
                violations += _Observation(
                    exchange, evidence, laws, memory, start, self._events, self.tested, self._sees_all
                )
                self._end(start)
                self._forget_within(start.sender, laws, start.targets)
            return violations

    def _forget_within(self, sender: str, laws: OperationLaws | None, targets: tuple[str, ...]) -> None:
        """Note that what belongs to some records may be removed with them."""
        if laws is None or laws.role not in _REMOVING or laws.within is not None:
            return
        for memory in self._memories.get(sender, {}).values() if self._has_nested_records else ():
            for identifier in targets:
                memory.forget_within(identifier)

    def _end(self, start: RequestStart) -> None:
        for identifier in start.targets:
            record = self._memory(start.sender, start.operation.laws).use(identifier)
            record.changes, record.changed = max(0, record.changes - 1), self._events

    def _memory(self, sender: str, laws: OperationLaws | None) -> RecordMemory:
        of_sender = self._memories.setdefault(sender, {})
        self._memories.move_to_end(sender)
        while len(self._memories) > MAX_SENDERS:
            self._memories.popitem(last=False)
        return of_sender.setdefault(laws.resource if laws is not None else "", RecordMemory(self._max_records))


@dataclass(frozen=True)
class _Observation:
    """One exchange, compared with what is remembered, and then remembered itself. Iterate over it once.

    Attributes:
        evidence: the exchange in the form in which it is remembered.
    """

    exchange: OperationExchange
    evidence: OperationExchange
    laws: OperationLaws
    memory: RecordMemory
    start: RequestStart
    now: int
    tested: Counter[tuple[str, Law]]
    sees_all: bool

    def __iter__(self) -> Iterator[LawViolation]:
        if self.exchange.parsed is None:
            return
        if not self.exchange.response_class.failed:
            yield from self._shown()
        if self.laws.role == "read":
            yield from self._missing()
        if self.laws.role in _CHANGING:
            yield from self._changed()

    # Records that a response shows

    def _shown(self) -> Iterator[LawViolation]:
        for identifier, entry in identified_records(self.exchange):
            record = self.memory.use(self._key(identifier))
            yield from self._deleted_still_shown(identifier, record)
            yield from self._values_kept(identifier, record, entry)
            yield from self._unshown_filters(identifier, record)
            yield from self._state(identifier, record, entry)
            record.seen = record.seen or Witnessed(self.evidence, self.now)
            if record.is_settled_since(self.start.at):
                record.uncertain = False

    def _deleted_still_shown(self, identifier: str, record: RememberedRecord) -> Iterator[LawViolation]:
        deleted = record.deleted
        if deleted is None or self.laws.role not in ("read", "list"):
            return
        law, operation = Law.DELETED_GONE, deleted.exchange.operation
        if deleted.at < self.start.at and not record.changes:
            message = f"{operation.id} has deleted {identifier!r}, and {self.exchange.operation.id} still shows it"
            yield LawViolation(law, operation.id, message, (deleted.exchange, self.exchange))

    def _values_kept(self, identifier: str, record: RememberedRecord, shown: Record) -> Iterator[LawViolation]:
        if self.laws.role in ("read", "list") and record.is_settled_since(self.start.at):
            yield from self._lost_values(identifier, record.values, shown)

    def _lost_values(self, identifier: str, values: Values, shown: Record) -> Iterator[LawViolation]:
        for place, (value, writer) in values.items():
            actual = value_at(shown, place)
            if actual is None:
                continue
            self.tested[writer.operation.id, Law.VALUES_KEPT] += 1
            if not is_same(actual, value):
                by = writer.operation.id
                message = (
                    f"{by} gave {identifier!r} the {place} {short_json(value)}; it is shown as {short_json(actual)}"
                )
                yield LawViolation(Law.VALUES_KEPT, by, message, (writer, self.exchange), place)

    def _unshown_filters(self, identifier: str, record: RememberedRecord) -> Iterator[LawViolation]:
        """What a list selects by and does not show is known of the records that were given it."""
        operation, request = self.exchange.operation, self.exchange.parsed
        if self.laws.role != "list" or not record.is_settled_since(self.start.at):
            return
        for entry in self.laws.filters:
            if request is None or request.violations or entry.untested is None or entry.field not in record.values:
                continue
            value, writer = record.values[entry.field]
            self.tested[operation.id, Law.FILTER] += 1
            if not entry.selects(_record_of(entry.field, value), request):
                asked = short_json(entry.value(request))
                message = f"{entry.by} is {asked}, and {identifier!r} has {short_json(value)} as its {entry.field}"
                yield LawViolation(Law.FILTER, operation.id, message, (writer, self.exchange))

    def _state(self, identifier: str, record: RememberedRecord, shown: Record) -> Iterator[LawViolation]:
        lifecycle = self._lifecycle()
        names = frozenset() if lifecycle is None else lifecycle.shown_by(shown)
        if lifecycle is None or not names:
            return
        before = record.states
        if before is not None and before[1].at > self.start.at:
            return
        alone = self.sees_all and record.is_as_created
        possible = names if before is None else names & lifecycle.reachable(before[0], alone=alone)
        if before is not None and not possible:
            change = f"{' or '.join(sorted(before[0]))} to {' or '.join(sorted(names))}"
            message = f"{identifier!r} went from {change}, which no edges of {lifecycle.name} lead to"
            yield LawViolation(Law.EDGES, self.exchange.operation.id, message, (before[1].exchange, self.exchange))
        record.states = (possible or names, Witnessed(self.evidence, self.now))

    def _lifecycle(self) -> Lifecycle | None:
        operation = self.exchange.operation
        if operation.role is None:
            return None
        lifecycle = operation.role.lifecycle
        by_presence = any(entry.by == operation.id and entry.listed is not None for entry in lifecycle.shown)
        return None if by_presence else lifecycle

    # Records that a read by identifier does not show

    def _missing(self) -> Iterator[LawViolation]:
        if self.exchange.parsed is None or self.exchange.parsed.violations:
            return
        identifiers = requested_ids(self.exchange)
        failed = self.exchange.response_class.failed
        if failed and (len(identifiers) != 1 or not _says_missing(self.exchange)):
            return
        shown = {identifier for identifier, _ in identified_records(self.exchange)}
        for identifier in identifiers:
            record = self.memory.get(self._key(identifier))
            if record is not None and record.deleted is not None and self._precedes(record.deleted):
                self.tested[record.deleted.exchange.operation.id, Law.DELETED_GONE] += 1
            if record is not None and record.created is not None and self._must_be_shown(record):
                yield from self._not_shown(identifier, record.created.exchange, identifier in shown)

    def _must_be_shown(self, record: RememberedRecord) -> bool:
        created = record.created
        return (
            created is not None
            and created.at < self.start.at
            and not record.uncertain
            and record.deleted is None
            and record.is_settled_since(self.start.at)
        )

    def _not_shown(self, identifier: str, creator: OperationExchange, is_shown: bool) -> Iterator[LawViolation]:
        law, operation = Law.CREATED_SHOWN, creator.operation
        if operation.laws is None or law not in operation.laws.declared:
            return
        self.tested[operation.id, law] += 1
        if not is_shown:
            message = f"{operation.id} has created {identifier!r}, and {self.exchange.operation.id} does not show it"
            yield LawViolation(law, operation.id, message, (creator, self.exchange))

    def _key(self, identifier: str) -> str:
        return self.laws.scoped(self.exchange.parsed, identifier)

    # Records that a request creates, changes or deletes

    def _changed(self) -> Iterator[LawViolation]:
        failed = self.exchange.response_class.failed or self.laws.rejects(self.exchange.content)
        targets = [self.memory.use(identifier) for identifier in self.start.targets]
        if self.laws.role in _REMOVING:
            self._removed(targets, failed=failed)
        if failed:
            return
        if self.laws.role == "create":
            yield from self._created()
        if self.laws.role == "update" or self.laws.sets:
            for record in targets:
                self._keep_values(record)
            yield from self._own_response()

    def _own_response(self) -> Iterator[LawViolation]:
        """What a response to a change shows of the record is what the request has set."""
        targets = set(self.start.targets)
        for identifier, shown in identified_records(self.exchange):
            if identifier in targets:
                values = self.memory.use(identifier).values
                own = {place: entry for place, entry in values.items() if entry[1] is self.evidence}
                yield from self._lost_values(identifier, own, shown)

    def _removed(self, targets: list[RememberedRecord], *, failed: bool) -> None:
        if not self.start.targets and not failed:
            # Which records it is about is not declared.
            self.memory.forget_what_may_change()
        for identifier, record in zip(self.start.targets, targets, strict=True):
            record.uncertain = True
            record.values.clear()
            if identifier in self.laws.renewed:
                continue
            if self.laws.role == "delete" and not failed and Law.DELETED_GONE in self.laws.declared:
                record.deleted = Witnessed(self.evidence, self.now)

    def _created(self) -> Iterator[LawViolation]:
        identifier = created_id(self.exchange)
        if identifier is None:
            return
        record = self.memory.use(self._key(identifier))
        yield from self._is_new(identifier, record)
        if self._is_repeated(record):
            return
        record.created = Witnessed(self.evidence, self.now)
        record.deleted, record.uncertain, record.states = None, False, None
        self._keep_values(record)

    def _is_repeated(self, record: RememberedRecord) -> bool:
        # A create under a number of the caller's gives what it gave before, whatever else the request says.
        parsed, laws = self.exchange.parsed, self.laws
        known = record.created is not None and record.deleted is None
        return known and parsed is not None and laws.again != laws.target and not laws.gives_new_id(parsed)

    def _is_new(self, identifier: str, record: RememberedRecord) -> Iterator[LawViolation]:
        law, parsed = Law.UNIQUE_IDS, self.exchange.parsed
        if law not in self.laws.declared or parsed is None or not self.laws.gives_new_id(parsed):
            return
        self.tested[self.exchange.operation.id, law] += 1
        before = record.created or (record.seen if self._precedes(record.seen) else None)
        if before is None or record.deleted is not None or record.uncertain:
            return
        message = f"{self.exchange.operation.id} gives the identifier {identifier!r}, which exists already"
        yield LawViolation(law, self.exchange.operation.id, message, (before.exchange, self.exchange))

    def _precedes(self, witnessed: Witnessed | None) -> bool:
        return witnessed is not None and witnessed.at < self.start.at

    def _keep_values(self, record: RememberedRecord) -> None:
        parsed = self.exchange.parsed
        if (
            parsed is None
            or parsed.violations
            or record.changes > 1
            or (self.laws.role == "update" and record.changed > self.start.at)
        ):
            # Which of two requests at the same time was the last is unknown.
            record.values.clear()
            return
        for place, value in self.laws.given_values(parsed).items():
            record.values[place] = (value, self.evidence)


def _record_of(place: str, value: Any) -> Record:
    """A record that shows one value."""
    for name in reversed(parts(place)):
        value = {name: value}
    record: Record = value
    return record


def is_missing_case(case: ErrorCase) -> bool:
    """Whether an error case says that there is no such record."""
    return not case.conditions and case.name.lower().endswith("notfound")


def _says_missing(exchange: OperationExchange) -> bool:
    cases = exchange.response_class.cases
    return bool(cases) and all(map(is_missing_case, cases))
