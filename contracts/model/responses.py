"""The documented responses, by status, and how a response violates them."""

from collections.abc import Iterator, Mapping
from typing import Any

from bodydouble.contracts.core.json_pointer import Path, parts, pointer
from bodydouble.contracts.core.late_dataclass import dataclass
from bodydouble.contracts.core.strict_json import JsonTextError, parse_shared, repeated_keys
from bodydouble.contracts.core.wire import JSON, WireResponse, media_type
from bodydouble.contracts.model.parameters import Parameter
from bodydouble.contracts.model.validators import Validator
from bodydouble.contracts.model.violation import Violation


@dataclass(frozen=True, slots=True)
class Body:
    """The content of a request or a response: one validator per media type.

    Attributes:
        examples: values of the JSON form out of the specification, best first; not to be changed.
    """

    required: bool
    validators: Mapping[str, Validator]
    examples: tuple[Any, ...] = ()

    @property
    def json(self) -> Validator | None:
        """The validator of the JSON form, if there is one."""
        return self.validators.get(JSON)


@dataclass(frozen=True, slots=True)
class Link:
    """An OpenAPI link: which operation a response leads to, and with which values.

    Attributes:
        target: operationId.
        parameters: by name (`id`, `path.id`): a runtime expression, or a value.
        body: the same for the body, which may hold expressions; None for none.
    """

    target: str
    parameters: Mapping[str, Any]
    body: Any


@dataclass(frozen=True, slots=True)
class ResponseContract:
    """The documented response of one status (`200`, `4XX`, `default`).

    Attributes:
        headers: the declared headers; a response may have others.
        links: those that name an operation.
    """

    status: str
    description: str
    body: Body | None
    headers: tuple[Parameter, ...] = ()
    links: tuple[Link, ...] = ()

    def header_violations(self, headers: Mapping[str, str]) -> tuple[Violation, ...]:
        """All violations by the headers of a response (names in lower case)."""
        return tuple(self._header_violations(headers)) if self.headers else ()

    def _header_violations(self, headers: Mapping[str, str]) -> Iterator[Violation]:
        for header in self.headers:
            text = headers.get(header.name.lower())
            if text is None:
                if header.required:
                    yield header.missing()
                continue
            try:
                yield from header.violations(header.decode([text]))
            except JsonTextError as error:
                yield header.undecodable(text, error)

    def body_violations(self, response: WireResponse) -> tuple[Violation, ...]:
        """All violations by the content of a response."""
        if self.body is None or self.body.json is None:
            return ()
        declared = media_type(response.headers)
        if declared not in self.body.validators:
            return (Violation("body", "", "media-type", declared, " or ".join(self.body.validators)),)
        try:
            body = parse_shared(response.body)
        except JsonTextError as error:
            got = response.body[:200].decode("utf-8", "backslashreplace")
            return (Violation("body", error.pointer, error.rule, got, error.expected),)
        return () if self.body.json.is_valid(body) else self.body.json.violations(body)

    def strict_body_violations(self, response: WireResponse) -> tuple[Violation, ...]:
        """The same, and what parsers overlook: a body where none is declared, and repeated keys of objects."""
        if self.body is None:
            got = response.body[:200].decode("utf-8", "backslashreplace")
            return (Violation("body", "", "undocumented-body", got, "none"),) if response.body else ()
        violations = self.body_violations(response)
        if self.body.json is None or any(not violation.pointer for violation in violations):
            return violations
        return (*violations, *_repeated_keys(self.body.json, response.body, ()))


def _repeated_keys(validator: Validator, text: bytes, below: Path) -> Iterator[Violation]:
    try:
        document, repeated = parse_shared(text), repeated_keys(text)
    except JsonTextError:
        return
    for where in repeated:
        got = parts(where)[-1]
        yield Violation("body", pointer(below) + where, "repeated-key", got, "each key of an object once")
    for inner in validator.inner:
        for path, carried in inner.strings(document):
            yield from _repeated_keys(inner.validator, carried.encode("utf-8", "surrogatepass"), (*below, *path))


def response_violations(
    declared: Mapping[str, ResponseContract],
    contract: ResponseContract | None,
    response: WireResponse,
    *,
    strict: bool = False,
) -> tuple[Violation, ...]:
    """Check a response against the contract of its status, out of those that are declared.

    Args:
        strict: whether what parsers overlook is a violation, too.
    """
    if contract is None:
        return (Violation("status", "", "status", response.status, ", ".join(declared)),)
    body = contract.strict_body_violations(response) if strict else contract.body_violations(response)
    return (*body, *contract.header_violations(response.headers))
