"""Classifying responses: success, or which error case, by HTTP status or by the code in the envelope."""

import re

from bodydouble.contracts.core.late_dataclass import dataclass
from bodydouble.contracts.core.strict_json import JsonTextError, parse_shared
from bodydouble.contracts.core.wire import WireResponse
from bodydouble.contracts.model.contract import Contract, Envelope, ErrorCase, Operation

FIRST_FAILING_STATUS = 400
# The general conditions that are about the form of a request: not about who sends it, when, or the state of a task.
REQUEST_FORM_CONDITIONS = frozenset(
    {"malformed-body", "unsupported-media-type", "body-too-large", "missing-parameter", "invalid-parameter"}
)


@dataclass(frozen=True, slots=True)
class ResponseClass:
    """A success, or the error that a response reports.

    Attributes:
        status: HTTP status.
        code: the vendor's code in the body, or None if there is none.
        message: the vendor's text, or the empty string.
        failed: whether the call failed.
        cases: the error cases that the response may be. Several when they share status, code and text; none for a
            success, and for a failure that the contract does not list.
    """

    status: int
    code: int | str | None
    message: str
    failed: bool
    cases: tuple[ErrorCase, ...] = ()

    @property
    def name(self) -> str:
        """`success`, the name of the error case, or the status and code of an error that is not listed."""
        if not self.failed:
            return "success"
        return " or ".join(case.name for case in self.cases) or f"{self.status} {self.code}"

    def reports(self, *conditions: str) -> bool:
        """Whether this certainly reports one of some general conditions of a request."""
        return bool(self.cases) and all(case.conditions.intersection(conditions) for case in self.cases)


def classify(contract: Contract, response: WireResponse, operation: Operation | None) -> ResponseClass:
    """Classify a response.

    Args:
        operation: that was called; of several cases that look the same, those that it lists are meant. None if it is
            not documented.
    """
    code, message = _code_and_message(contract.envelope, response.body)
    failed = response.status >= FIRST_FAILING_STATUS or (
        bool(contract.envelope.success) and code not in contract.envelope.success
    )
    if not failed:
        return ResponseClass(response.status, code, message, failed=False)
    cases = _cases(contract, response.status, code, message)
    listed = tuple(case for case in cases if operation is not None and case in operation.errors)
    return ResponseClass(response.status, code, message, failed=True, cases=listed or cases)


def _code_and_message(envelope: Envelope, body: bytes) -> tuple[int | str | None, str]:
    try:
        content = parse_shared(body)
    except JsonTextError:
        return None, ""
    if not isinstance(content, dict):
        return None, ""
    code, message = content.get(envelope.code), content.get(envelope.message)
    if isinstance(code, bool) or not isinstance(code, int | str):
        code = None
    return code, message if isinstance(message, str) else ""


def _cases(contract: Contract, status: int, code: int | str | None, message: str) -> tuple[ErrorCase, ...]:
    of_status = [case for case in contract.errors.values() if case.status == status]
    of_code = [case for case in of_status if case.code == code] or [
        case for case in of_status if case.codes is not None and re.search(case.codes, str(code))
    ]
    # Cases may share a code; the vendor's text, which a detail may follow, then distinguishes them.
    worded = [case for case in of_code if message.startswith(case.message)]
    longest = max((len(case.message) for case in worded), default=0)
    return tuple(case for case in worded if len(case.message) == longest) or tuple(of_code)
