"""What an observer remembers of the records of one kind: who created, changed and deleted them, and how they looked."""

from collections import OrderedDict
from dataclasses import field
from typing import Any

from bodydouble.contracts.core.late_dataclass import dataclass
from bodydouble.contracts.model.exchange import OperationExchange


@dataclass(slots=True)
class Witnessed:
    """Something that an exchange has shown, and when its response had come.

    Attributes:
        at: the number of the event; a request that began after it has a greater one.
    """

    exchange: OperationExchange
    at: int


@dataclass(slots=True)
class RememberedRecord:
    """What is known of one record.

    Attributes:
        seen: the first response that has shown it.
        created: the create that has given its identifier.
        deleted: the delete that has succeeded, if nothing has shown it since.
        changes: how many requests that may change it are on their way.
        changed: when the last of them ended.
        uncertain: whether a request may have removed it, and nothing has shown it since.
        values: by JSON pointer within a record, what it was last given, and by which request.
        states: the states that it may be in, by the lifecycle that says so, and the response that showed it.
    """

    seen: Witnessed | None = None
    created: Witnessed | None = None
    deleted: Witnessed | None = None
    changes: int = 0
    changed: int = 0
    uncertain: bool = False
    values: dict[str, tuple[Any, OperationExchange]] = field(default_factory=dict)
    states: tuple[frozenset[str], Witnessed] | None = None

    def is_settled_since(self, began: int) -> bool:
        """Whether no request has been on its way that may change it, since another request began."""
        return not self.changes and self.changed < began

    @property
    def is_as_created(self) -> bool:
        """Whether it was seen to be created, and no request since then may have changed it."""
        untouched = self.created is not None and self.changed <= self.created.at
        return untouched and not self.changes and not self.uncertain


class RecordMemory:
    """The records of one kind that one sender sees; the least recently used ones are forgotten.

    Args:
        limit: how many records are remembered.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._records: OrderedDict[str, RememberedRecord] = OrderedDict()

    def get(self, identifier: str) -> RememberedRecord | None:
        """What is known of a record; None if nothing is."""
        return self._records.get(identifier)

    def use(self, identifier: str) -> RememberedRecord:
        """What is known of a record, which it becomes the most recently used one with."""
        record = self._records.get(identifier)
        if record is None:
            record = self._records[identifier] = RememberedRecord()
        self._records.move_to_end(identifier)
        while len(self._records) > self._limit:
            self._records.popitem(last=False)
        return record

    def forget_what_may_change(self) -> None:
        """Make everything uncertain: something has changed records without saying which."""
        for record in self._records.values():
            record.uncertain = True
            record.values.clear()

    def forget_within(self, owner: str) -> None:
        """Make everything that belongs to a record uncertain: it may have been removed with it.

        Args:
            owner: its identifier.
        """
        for identifier, record in self._records.items():
            if identifier.startswith(f"{owner}/"):
                record.uncertain = True
                record.values.clear()
