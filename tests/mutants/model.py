"""What a mutant is."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Literal

from tests.mutants.exchange import Exchange

Plant = Callable[[Exchange], None]
Trigger = Literal["success", "failure", "any"]


class Kind(StrEnum):
    """What a planted fault breaks."""

    TYPE = "wrong type"
    MISSING = "required field missing"
    NULL = "null"
    ENUM = "outside the enumeration"
    FORMAT = "value in another form"
    JSON = "not strict JSON"
    CONTENT_TYPE = "content type"
    STATUS = "status"
    HEADER = "missing header"
    OTHER_BODY = "body of something else"
    BODY = "body where none is declared"
    ERROR_CASE = "error case"
    CREDENTIALS = "credentials not checked"
    SIGN_IN = "sign-in"
    INVALID_ACCEPTED = "invalid request accepted"
    VALID_REJECTED = "valid request rejected"
    METHOD = "other method accepted"
    MALFORMED_ACCEPTED = "malformed body accepted"
    STATES = "states"
    PROGRESS = "no progress"
    IDENTITY = "identity"
    READ_YOUR_WRITES = "read your writes"
    PAGES = "pages"
    FILTERS = "filters and order"
    DELETION = "deletion"
    EDGES = "edges by operation"
    AVAILABILITY = "availability"
    BENIGN = "benign"


@dataclass(frozen=True)
class Mutant:
    """One fault, planted in the responses to some operations.

    Attributes:
        name: unique for the vendor.
        operations: those whose exchanges the planting sees; empty for all.
        wrong: what is wrong, in one line.
        on: whether the planting sees successes, failures or both. With `any` it runs before the request is forwarded.
        options: of the check, in place of the harness's.
        account: options of the account.
        also: operations that must be tested, too, for the fault to show.
    """

    name: str
    kind: Kind
    operations: tuple[str, ...]
    wrong: str
    plant: Plant
    on: Trigger = "success"
    options: Mapping[str, Any] = field(default_factory=dict)
    account: Mapping[str, Any] = field(default_factory=dict)
    also: tuple[str, ...] = ()
    vendor: str = ""

    def __call__(self, exchange: Exchange) -> None:
        """Change an exchange, if it is one of those that the planting is for."""
        if self.operations and exchange.name not in self.operations:
            return
        if self.on == "any" or (exchange.operation is not None and exchange.succeeded == (self.on == "success")):
            self.plant(exchange)


def mutant(name: str, kind: Kind, operations: str, wrong: str, plant: Plant, **rest: Any) -> Mutant:
    """A mutant.

    Args:
        operations: names with spaces between them; the empty string for all.
        rest: further attributes.
    """
    return Mutant(name, kind, tuple(operations.split()), wrong, plant, **rest)
