"""A law between requests that an endpoint violates, and the requests that show the contradiction."""

from bodydouble.contracts.core.late_dataclass import dataclass
from bodydouble.contracts.model.exchange import OperationExchange
from bodydouble.contracts.model.laws import Law


@dataclass(frozen=True)
class LawViolation:
    """What violates a law.

    Attributes:
        law: which.
        operation: operationId of the operation whose law it is.
        message: for people; two violations of one kind differ in quoted values and in numbers only.
        exchanges: the requests that show it, in the order in which they were sent; the last one is at fault.
        pointer: JSON pointer to the place in the last response that contradicts, or the empty string.
    """

    law: Law
    operation: str
    message: str
    exchanges: tuple[OperationExchange, ...]
    pointer: str = ""
