"""Creates records where a list has too few to show anything, if that is free or the budget allows."""

import re
from collections.abc import Iterator
from typing import Any

from bodydouble.contracts.core.json_mutations import nodes
from bodydouble.contracts.endpoint.laws.context import LawContext
from bodydouble.contracts.endpoint.laws.list_requests import is_valid
from bodydouble.contracts.model.contract import Operation
from bodydouble.contracts.model.exchange import OperationExchange
from bodydouble.contracts.model.request_changes import with_value
from bodydouble.contracts.model.request_values import requested

ENOUGH = 4
_NAME = re.compile(r"(name|title)$", re.IGNORECASE)


def create_more(context: LawContext, resource: str, count: int) -> int:
    """Create records of a resource with different names; the number of those that were created.

    Args:
        count: how many, at most.

    Raises:
        BudgetSpent: the create is metered, and the budget is spent.
        requests.RequestException: there was no response.
    """
    for operation, laws in context.of_resource(resource, "create"):
        successes = [exchange for exchange in context.successes(operation) if not _is_violating(exchange)]
        if laws.target is not None or not successes:
            continue
        return sum(_created(context, operation, successes[0], number) for number in range(count))
    return 0


def _created(context: LawContext, operation: Operation, example: OperationExchange, number: int) -> bool:
    if not context.affords(operation.id, 1):
        return False
    return not context.call(operation, _renamed(operation, example, number).request).response_class.failed


def _renamed(operation: Operation, example: OperationExchange, number: int) -> OperationExchange:
    request = example.request
    for expression in _names(operation, example):
        value = requested(expression, example.parsed) if example.parsed is not None else None
        changed = with_value(operation, request, expression, f"{str(value)[:12]} {number + 1}")
        request = changed if is_valid(operation, changed) else request
    return OperationExchange(example.contract, operation, request, example.response)


def _names(operation: Operation, example: OperationExchange) -> Iterator[str]:
    """The expressions of what a request gives as a name."""
    content: Any = example.parsed.body if example.parsed is not None else None
    for path, value in nodes(content):
        if len(path) == 1 and isinstance(value, str) and _NAME.search(str(path[0])):
            yield f"$request.body#/{path[0]}"
    query = example.parsed.query if example.parsed is not None else {}
    yield from (
        f"$request.query.{name}" for name, value in query.items() if isinstance(value, str) and _NAME.search(name)
    )


def _is_violating(exchange: OperationExchange) -> bool:
    return exchange.parsed is None or bool(exchange.parsed.violations)
