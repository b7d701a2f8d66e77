"""What goes back: a response, or an error that becomes one."""

from collections.abc import Mapping
from dataclasses import field
from enum import Enum
from typing import Any

import orjson

from bodydouble.contracts.core.late_dataclass import dataclass
from bodydouble.contracts.core.wire import JSON
from bodydouble.contracts.model.contract import ErrorCase
from bodydouble.contracts.model.violation import Violation
from bodydouble.mock_server.engine.faults import StruckFault

Json = Any


@dataclass(frozen=True, slots=True)
class Text:
    """The data of a success that is no JSON; no envelope is around it."""

    content: str
    media_type: str


@dataclass(frozen=True, slots=True)
class Response:
    """A response.

    Attributes:
        body: JSON, a `Text`, or None for an empty one.
        faults: what happens to it on its way.
    """

    status: int
    body: Json
    headers: Mapping[str, str] = field(default_factory=dict)
    faults: tuple[StruckFault, ...] = ()

    @property
    def media_type(self) -> str:
        """Of the body."""
        return self.body.media_type if isinstance(self.body, Text) else JSON

    def encoded(self) -> bytes:
        """The bytes of the body."""
        if isinstance(self.body, Text):
            return self.body.content.encode()
        return orjson.dumps(self.body) if self.body is not None else b""


class ApiError(Exception):
    """A request gets an error case as its response.

    Args:
        case: the error case of the vendor's contract, or the member of the package's `Errors` that names it.
        detail: what exactly is wrong: names the field and the rule.
        violations: what the request broke of the contract.
        retry_after: milliseconds after which the request may be repeated; for headers that say so.
    """

    def __init__(
        self,
        case: ErrorCase | Enum,
        detail: str = "",
        violations: tuple[Violation, ...] = (),
        retry_after: int = 1000,
    ) -> None:
        super().__init__(f"{case.name}: {detail}")
        self.retry_after = retry_after
        self.case, self.detail, self.violations = case, detail, violations

    def explain(self, message: str) -> str:
        """A message of the vendor's, followed by what exactly is wrong."""
        return f"{message}: {self.detail}" if self.detail else message
