"""One vendor's specification as frozen objects: operations, callbacks, lifecycles, errors, decisions."""

from collections.abc import Mapping
from dataclasses import field
from functools import cached_property
from typing import Any

from bodydouble.contracts.core.late_dataclass import dataclass
from bodydouble.contracts.core.path_template import match_path
from bodydouble.contracts.core.strict_json import JsonTextError, parse
from bodydouble.contracts.core.wire import WireRequest, WireResponse, media_type
from bodydouble.contracts.model.delivery import Delivery
from bodydouble.contracts.model.documents import Document
from bodydouble.contracts.model.event_fields import EventFields
from bodydouble.contracts.model.laws import Law, OperationLaws
from bodydouble.contracts.model.lifecycle import Lifecycle
from bodydouble.contracts.model.parameters import Parameter
from bodydouble.contracts.model.path_router import form_as_query
from bodydouble.contracts.model.responses import Body, Link, ResponseContract, response_violations
from bodydouble.contracts.model.security import Alternatives, SecurityScheme, signer_parameters
from bodydouble.contracts.model.unreadable_body import unreadable_body
from bodydouble.contracts.model.validators import Validator, ValidatorFactory
from bodydouble.contracts.model.violation import Violation


@dataclass(frozen=True, slots=True)
class ErrorCase:
    """One documented (or, if its provenance says so, invented) error.

    Attributes:
        name: its key in `x-errors`.
        status: HTTP status.
        code: the vendor's code in the body.
        codes: a regular expression of all its codes, when the code on the wire names the parameter; else None.
        message: the vendor's text.
        when: what causes it.
        conditions: the general conditions of a request that lead to it.
        provenance: `documented`, `vendor-public`, `inferred` or `invented`.
        envelope: the template of the envelope, where it is not the operation's.
        headers: that come with it.
    """

    name: str
    status: int
    code: int | str
    message: str
    when: str
    conditions: frozenset[str]
    provenance: str
    codes: str | None = None
    envelope: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict, hash=False)

    @classmethod
    def from_specification(cls, name: str, entry: Mapping[str, Any]) -> "ErrorCase":
        """Read an entry of `x-errors`."""
        return cls(
            name=name,
            status=entry["status"],
            code=entry["code"],
            message=entry["message"],
            when=entry["when"],
            conditions=frozenset(entry.get("conditions", ())),
            provenance=entry.get("x-provenance", {}).get("kind", "documented"),
            codes=entry.get("codes"),
            envelope=entry.get("envelope"),
            headers=entry.get("headers", {}),
        )


@dataclass(frozen=True, slots=True)
class Envelope:
    """Where a response says whether the call succeeded.

    Attributes:
        code: the field at the top of the body that carries the code.
        message: the field that carries the text.
        success: the codes of success; empty where the HTTP status alone decides.
        templates: by name, what the bodies of `success` and `failure`, and the `headers` of both, look like.
    """

    code: str
    message: str
    success: tuple[int | str, ...]
    templates: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class LifecycleRole:
    """The lifecycle that an operation takes part in, and its role there."""

    lifecycle: Lifecycle
    role: str


@dataclass(frozen=True, slots=True)
class ParsedRequest:
    """A request as its operation describes it: decoded and validated.

    Attributes:
        path, query, headers: decoded values by parameter name, declared ones only.
        body: the parsed JSON body, or None.
        violations: all ways in which the request breaks the contract; empty for a valid request.
        condition: the general condition of the first violation, or None.
    """

    path: Mapping[str, Any]
    query: Mapping[str, Any]
    headers: Mapping[str, Any]
    body: Any
    violations: tuple[Violation, ...] = ()
    condition: str | None = None


@dataclass(frozen=True)
class Operation:
    """One documented endpoint.

    Attributes:
        id: its operationId.
        method: upper case.
        alternative_methods: further methods that it may be called with, upper case.
        path: path template, without a fragment.
        routing: what distinguishes it from the others of its path (`Action=StartInstance`), or the empty string.
        pointer: `#/...` reference of the operation in the document.
        errors: the error cases that depend on state.
        cost: `free` or `metered`.
        security: the combinations of schemes of which a request needs one.
        signature: its `x-signature`: the digest of some of its own fields that it carries, or None.
        envelope: the template of the contract's envelope that its responses have, or None for the default one.
        laws: its `x-laws`, or None.
        token_lives: for an operation that issues tokens, how many seconds they live, by purpose.
        token_errors: for the same, the error cases of tokens that are `expired` or `invalid`.
    """

    id: str
    method: str
    path: str
    routing: str
    pointer: str
    summary: str
    tags: tuple[str, ...]
    parameters: tuple[Parameter, ...]
    request_body: Body | None
    responses: Mapping[str, ResponseContract]
    errors: tuple[ErrorCase, ...]
    role: LifecycleRole | None
    cost: str
    security: Alternatives
    signature: Mapping[str, Any] | None
    alternative_methods: tuple[str, ...] = ()
    envelope: str | None = None
    token_lives: Mapping[str, int] = field(default_factory=dict)
    token_errors: Mapping[str, ErrorCase] = field(default_factory=dict)
    laws: OperationLaws | None = None

    def declares(self, law: Law) -> bool:
        """Whether it declares a law between requests."""
        return self.laws is not None and law in self.laws.declared

    @cached_property
    def public(self) -> bool:
        """Whether it needs no credentials."""
        return self.security == ((),)

    @cached_property
    def links(self) -> tuple[Link, ...]:
        """The links of all its responses."""
        return tuple(link for response in self.responses.values() for link in response.links)

    @cached_property
    def signer_parameters(self) -> frozenset[tuple[str, str]]:
        """Location and name, in lower case, of the parameters that only a signer can fill in: times and signatures."""
        return signer_parameters(self.security)

    @cached_property
    def constant_headers(self) -> Mapping[str, str]:
        """The headers that have one allowed value, by their names in lower case."""
        headers = (parameter for parameter in self.parameters if parameter.location == "header")
        return {header.name.lower(): header.constant for header in headers if header.constant is not None}

    @property
    def example_fields(self) -> dict[str, Any]:
        """The fields of its body, or else its required parameters, with the values of the specification's example."""
        if self.request_body is not None:
            return dict(self.request_body.examples[0])
        return {parameter.name: parameter.example for parameter in self.parameters if parameter.required}

    @property
    def body_fields(self) -> tuple[str, ...]:
        """The names of the fields at the top of its JSON body."""
        return self.request_body.json.property_names if self.request_body and self.request_body.json else ()

    @cached_property
    def response_fields(self) -> frozenset[str]:
        """The names of the fields of all its responses, at every depth."""
        bodies = (response.body for response in self.responses.values() if response.body is not None)
        return frozenset(
            name for body in bodies for schema in body.validators.values() for name in schema.all_property_names()
        )

    @property
    def methods(self) -> tuple[str, ...]:
        """All methods that it may be called with, its own first."""
        return (self.method, *self.alternative_methods)

    def response(self, status: int) -> ResponseContract | None:
        """The contract of a response of a status: the exact one, else its class (`4XX`), else the default."""
        return (
            self.responses.get(str(status)) or self.responses.get(f"{status // 100}XX") or self.responses.get("default")
        )

    @property
    def has_inner_documents(self) -> bool:
        """Whether its requests carry JSON documents inside strings."""
        return any(parameter.holds_json for parameter in self.parameters) or (
            self.request_body is not None and self.request_body.json is not None and bool(self.request_body.json.inner)
        )

    def path_values(self, path: str) -> dict[str, str] | None:
        """The percent-decoded values of the template in a path, or None if the path is of another template."""
        return match_path(self.path, path)

    def parse(self, request: WireRequest, path_values: Mapping[str, str]) -> ParsedRequest:
        """Read a request, collecting every violation instead of raising.

        Args:
            request: as received.
            path_values: the percent-decoded values of the path template.
        """
        by_location: dict[str, dict[str, Any]] = {"path": {}, "query": {}, "header": {}}
        violations: list[Violation] = []
        if self.routing:
            # Operations that a parameter tells apart take their parameters from a form body, too.
            request, violation, condition = form_as_query(request)
            if violation is not None:
                return ParsedRequest({}, {}, {}, None, (violation,), condition)
        query: dict[str, list[str]] = {}
        for name, text in request.query_pairs:
            query.setdefault(name, []).append(text)
        for parameter in self.parameters:
            texts = _texts(parameter, path_values, query, request.headers)
            if texts is None:
                if parameter.required:
                    violations.append(parameter.missing())
                continue
            try:
                value = parameter.decode(texts)
            except JsonTextError as error:
                violations.append(parameter.undecodable(texts[-1], error))
                continue
            by_location[parameter.location][parameter.name] = value
            violations.extend(parameter.violations(value))
        body, body_violations, condition = self._parse_body(request)
        violations.extend(body_violations)
        if condition is None and violations:
            condition = "missing-parameter" if violations[0].missing else "invalid-parameter"
        return ParsedRequest(
            by_location["path"], by_location["query"], by_location["header"], body, tuple(violations), condition
        )

    def _parse_body(self, request: WireRequest) -> tuple[Any, tuple[Violation, ...], str | None]:
        contract = self.request_body
        if contract is None or contract.json is None:
            return None, (), None
        if not request.body:
            if contract.required:
                return None, (Violation("body", "", "json", "", "a JSON document"),), "malformed-body"
            return None, (), None
        # A body without a declared type is taken to be of the operation's type.
        declared = media_type(request.headers)
        if declared and declared not in contract.validators:
            expected = " or ".join(contract.validators)
            return None, (Violation("body", "", "media-type", declared, expected),), "unsupported-media-type"
        try:
            body = parse(request.body)
        except JsonTextError as error:
            got = request.body[:200].decode("utf-8", "backslashreplace")
            violation = Violation("body", error.pointer, error.rule, got, error.expected)
            return None, (unreadable_body(request, violation),), "malformed-body"
        if contract.json.is_valid(body):
            return body, (), None
        return body, contract.json.violations(body), None

    def response_violations(self, response: WireResponse) -> tuple[Violation, ...]:
        """All ways in which a response breaks the contract."""
        return response_violations(self.responses, self.response(response.status), response, strict=True)


def _texts(
    parameter: Parameter, path: Mapping[str, str], query: Mapping[str, list[str]], headers: Mapping[str, str]
) -> list[str] | None:
    if parameter.location == "query":
        return query.get(parameter.name)
    text = path.get(parameter.name) if parameter.location == "path" else headers.get(parameter.name.lower())
    return None if text is None else [text]


@dataclass(frozen=True, slots=True)
class Callback:
    """One documented callback or webhook.

    Attributes:
        id: its operationId.
        expression: the runtime expression of its URL, or None for a webhook, whose URL belongs to the account.
        operation: operationId of the operation whose request names the URL, or None for a webhook.
        request: validator of the payload.
        acknowledgements: the receiver's responses, by status.
        event: the fields that distinguish events and tasks.
        example: a payload out of the specification, not to be changed; None if it has none.
    """

    id: str
    pointer: str
    summary: str
    expression: str | None
    operation: str | None
    method: str
    parameters: tuple[Parameter, ...]
    request: Validator
    acknowledgements: Mapping[str, ResponseContract]
    delivery: Delivery
    event: EventFields
    example: Any = None

    def acknowledgement_violations(self, response: WireResponse) -> tuple[Violation, ...]:
        """All ways in which a receiver's response is not the documented acknowledgement."""
        contract = self.acknowledgements.get(str(response.status)) or self.acknowledgements.get(
            f"{response.status // 100}XX"
        )
        return response_violations(self.acknowledgements, contract, response)


@dataclass(frozen=True, slots=True)
class Discrepancy:
    """One place where the vendor's sources contradict each other, and what was decided."""

    id: int
    subject: str
    says: Mapping[str, str]
    accept: str
    emit: str
    source: str


def _is_signed_by_fields(operation: Operation) -> bool:
    return operation.signature is not None and operation.signature["scheme"] == "md5-template"


@dataclass(frozen=True)
class Contract:
    """One vendor's specification.

    Attributes:
        vendor: the folder's name under specs/.
        conditions: for each general condition of a request, the error case that it leads to.
        schemas: compiles further schemas of the document.
        validator_count: how many schemas were compiled at load.
        sdk: the vendor's own SDK for Python, as `x-sdk` names it; None if it has none.
    """

    vendor: str
    title: str
    document: Document
    operations: Mapping[str, Operation]
    callbacks: Mapping[str, Callback]
    lifecycles: Mapping[str, Lifecycle]
    errors: Mapping[str, ErrorCase]
    conditions: Mapping[str, ErrorCase]
    envelope: Envelope
    discrepancies: tuple[Discrepancy, ...]
    security_schemes: Mapping[str, SecurityScheme]
    sensitive: Mapping[str, str]
    schemas: ValidatorFactory
    validator_count: int
    sdk: Mapping[str, str] | None = None

    @cached_property
    def token_operation(self) -> Operation | None:
        """The operation that issues tokens for a signature over its own fields."""
        operations = self.operations.values()
        signed = (operation for operation in operations if _is_signed_by_fields(operation))
        return next(signed, None)

    @cached_property
    def operations_by_path(self) -> Mapping[str, tuple[Operation, ...]]:
        """The operations of each path template, in the order of the document."""
        by_path: dict[str, tuple[Operation, ...]] = {}
        for operation in self.operations.values():
            by_path[operation.path] = (*by_path.get(operation.path, ()), operation)
        return by_path

    def source(self, *references: str) -> str:
        """The place of a `#/...` reference in its file under specs/: of the first that leads somewhere, or the last."""
        reference = next(filter(self.document.holds, references), references[-1])
        return f"specs/{self.vendor}/openapi.yaml{reference}"
