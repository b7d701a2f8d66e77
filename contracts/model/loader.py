"""From a document to a contract: resolve, check, compile, once."""

import functools
from collections.abc import Iterator, Mapping
from typing import Any

from bodydouble.contracts.core.json_pointer import Path, lookup, reference
from bodydouble.contracts.core.wire import JSON
from bodydouble.contracts.model import documents, extensions, verification
from bodydouble.contracts.model.contract import (
    Callback,
    Contract,
    Discrepancy,
    Envelope,
    ErrorCase,
    LifecycleRole,
    Operation,
)
from bodydouble.contracts.model.delivery import Delivery
from bodydouble.contracts.model.documents import Document, SpecificationError
from bodydouble.contracts.model.event_fields import EventFields
from bodydouble.contracts.model.laws import Law, OperationLaws
from bodydouble.contracts.model.lifecycle import Lifecycle
from bodydouble.contracts.model.parameters import Parameter
from bodydouble.contracts.model.responses import Body, Link, ResponseContract
from bodydouble.contracts.model.security import Alternatives, SecurityScheme
from bodydouble.contracts.model.validators import ValidatorFactory
from bodydouble.contracts.model.verification import Verification

# The members of `x-token-lives` that are no purposes.
TOKEN_ERRORS = ("expired", "invalid")
METHODS = ("get", "put", "post", "delete", "patch")


@functools.cache
def load_contract(name: str) -> Contract:
    """Load, check and compile one vendor's contract.

    Raises:
        SpecificationError: the document breaks the rules of specs/README.md.
    """
    document, raw = documents.load(name), documents.raw(name)
    earlier = verification.recall(raw)
    contract = _Builder(document, earlier).build()
    compiled = contract.schemas.compiled()
    if earlier is None or not compiled.keys() <= earlier.compiled.keys():
        verification.record(raw, Verification(compiled, contract.sensitive))
    return contract


def build_contract(document: Document) -> Contract:
    """Check and compile one document.

    Raises:
        SpecificationError: it breaks the rules of specs/README.md.
    """
    return _Builder(document, None).build()


class _Builder:
    def __init__(self, document: Document, verified: Verification | None) -> None:
        self.document = document
        self.verified = verified
        self.validators = ValidatorFactory(document, {} if verified is None else verified.compiled)
        self.errors = {
            name: ErrorCase.from_specification(name, entry) for name, entry in document.content["x-errors"].items()
        }
        self.security_schemes = {
            name: SecurityScheme.from_specification(name, entry)
            for name, entry in document.content.get("components", {}).get("securitySchemes", {}).items()
        }
        self.lifecycles = {
            name: Lifecycle.from_specification(name, entry)
            for name, entry in document.content.get("x-lifecycles", {}).items()
        }
        # By where they stand: most operations refer to the same few.
        self._shared_parameters: dict[Path, Parameter] = {}
        self._shared_responses: dict[tuple[str, Path], ResponseContract] = {}

    def build(self) -> Contract:
        sensitive = extensions.check(self.document) if self.verified is None else self.verified.sensitive
        content = self.document.content
        operations: dict[str, Operation] = {}
        callbacks: dict[str, Callback] = {}
        for path, item in content.get("paths", {}).items():
            for method in METHODS:
                if method in item:
                    operation = self._operation(path, method)
                    self._add(operations, operation.id, operation)
                    for callback in self._callbacks_of(("paths", path, method), operation.id):
                        self._add(callbacks, callback.id, callback)
        for name, item in content.get("webhooks", {}).items():
            for method in METHODS:
                if method in item:
                    callback = self._callback(("webhooks", name, method), None, None)
                    self._add(callbacks, callback.id, callback)
        self._check_names(operations, callbacks)
        return Contract(
            vendor=self.document.name,
            title=content["info"]["title"],
            document=self.document,
            operations=operations,
            callbacks=callbacks,
            lifecycles=self.lifecycles,
            errors=self.errors,
            conditions=self._conditions(),
            envelope=self._envelope(),
            discrepancies=tuple(self._discrepancies()),
            security_schemes=self.security_schemes,
            sensitive={**sensitive, **self._sensitive_schemes()},
            schemas=self.validators,
            validator_count=len(self.validators),
            sdk=content.get("x-sdk"),
        )

    def _add(self, into: dict[str, Any], name: str, value: Any) -> None:
        if name in into:
            raise SpecificationError(f"{self.document.name}: operationId {name!r} is used twice")
        into[name] = value

    def _operation(self, path: str, method: str) -> Operation:
        at: Path = ("paths", path, method)
        node = self.document.content["paths"][path][method]
        role = node.get("x-lifecycle")
        if role and role["name"] not in self.lifecycles:
            raise SpecificationError(f"{self.document.name}: {node['operationId']}: no lifecycle {role['name']!r}")
        tokens = node.get("x-token-lives", {})
        named = [*node.get("x-errors", ()), *(tokens[state] for state in TOKEN_ERRORS if state in tokens)]
        unknown = [name for name in named if name not in self.errors]
        if unknown:
            raise SpecificationError(f"{self.document.name}: {node['operationId']}: no error cases {unknown}")
        alternatives = node.get("x-alternative-methods", ())
        duplicates = [name for name in alternatives if name in self.document.content["paths"][path]]
        if duplicates:
            raise SpecificationError(
                f"{self.document.name}: {node['operationId']}: {', '.join(duplicates)} is an operation of its own"
            )
        template, _, routing = path.partition("#")
        return Operation(
            id=node["operationId"],
            method=method.upper(),
            path=template,
            routing=routing,
            pointer=reference(at),
            summary=node["summary"],
            tags=tuple(node.get("tags", ())),
            parameters=self._parameters(at),
            request_body=self._body((*at, "requestBody"), node.get("requestBody")),
            responses=self._responses(at),
            errors=tuple(self.errors[name] for name in node.get("x-errors", ())),
            role=LifecycleRole(self.lifecycles[role["name"]], role["role"]) if role else None,
            cost=node.get("x-cost", "free"),
            security=self._security(node),
            signature=node.get("x-signature"),
            alternative_methods=tuple(name.upper() for name in alternatives),
            envelope=self._template_of(node),
            token_lives={purpose: life for purpose, life in tokens.items() if purpose not in TOKEN_ERRORS},
            token_errors={state: self.errors[tokens[state]] for state in TOKEN_ERRORS if state in tokens},
            laws=self._laws(node),
        )

    def _laws(self, node: Mapping[str, Any]) -> OperationLaws | None:
        if "x-laws" not in node:
            return None
        name, role = node["operationId"], node.get("x-lifecycle", {})
        edges = [edge for lifecycle in self.lifecycles.values() for edge in lifecycle.edges]
        works = role.get("role") == "create" and self.lifecycles[role["name"]].works
        of_lifecycle = {Law.EDGES: any(edge.by == name for edge in edges), Law.PROGRESS: works}
        try:
            laws = OperationLaws.from_specification(node["x-laws"], [law for law, true in of_lifecycle.items() if true])
            laws.check_states(self.lifecycles.get(laws.resource))
        except ValueError as error:
            raise SpecificationError(f"{self.document.name}: {name}: {error}") from error
        return laws

    def _template_of(self, node: Mapping[str, Any]) -> str | None:
        name: str | None = node.get("x-envelope")
        if name is not None and name not in self.document.content["x-envelope"].get("templates", {}):
            raise SpecificationError(
                f"{self.document.name}: {node['operationId']}: x-envelope has no template {name!r}"
            )
        return name

    def _security(self, node: Mapping[str, Any]) -> Alternatives:
        required = node.get("security", self.document.content.get("security", []))
        unknown = {name for requirement in required for name in requirement} - self.security_schemes.keys()
        if unknown:
            raise SpecificationError(
                f"{self.document.name}: {node['operationId']}: no security scheme {', '.join(sorted(unknown))}"
            )
        return tuple(tuple(self.security_schemes[name] for name in requirement) for requirement in required) or ((),)

    def _parameters(self, at: Path) -> tuple[Parameter, ...]:
        parameters: dict[tuple[str, str], Parameter] = {}
        for holder in (at[:-1], at):
            node, real = self.document.locate(holder)
            for index in range(len(node.get("parameters", ()))):
                parameter = self._parameter((*real, "parameters", index))
                parameters[parameter.location, parameter.name] = parameter
        return tuple(parameter for parameter in parameters.values() if parameter.location != "cookie")

    def _parameter(self, at: Path) -> Parameter:
        node, real = self.document.locate(at)
        if real not in self._shared_parameters:
            self._shared_parameters[real] = self._named_value(real, node["in"], node["name"])
        return self._shared_parameters[real]

    def _named_value(self, at: Path, location: str, name: str) -> Parameter:
        node, real = self.document.locate(at)
        holds_json = "content" in node
        schema: Path = ("content", JSON, "schema") if holds_json else ("schema",)
        validator = self.validators.at((*real, *schema))
        return Parameter(
            location=location,
            name=name,
            required=node.get("required", False),
            description=node.get("description", ""),
            holds_json=holds_json,
            exploded=node.get("explode", node.get("style", "form") == "form"),
            types=_types(validator.schema, self.document),
            item_types=_types(_items(validator.schema), self.document),
            sensitive=node.get("x-sensitive"),
            validator=validator,
            example=_example(node, validator.schema),
        )

    def _body(self, at: Path, node: Any) -> Body | None:
        if node is None:
            return None
        node, real = self.document.locate(at)
        content = node.get("content", {})
        if not content:
            return None
        return Body(
            required=node.get("required", False),
            validators={
                media_type: self.validators.at((*real, "content", media_type, "schema"))
                for media_type, entry in content.items()
                if "schema" in entry
            },
            examples=tuple(self._examples(content.get(JSON, {}))),
        )

    def _examples(self, content: Mapping[str, Any]) -> Iterator[Any]:
        if "example" in content:
            yield content["example"]
        for entry in content.get("examples", {}).values():
            yield self.document.resolve(entry)["value"]

    def _responses(self, at: Path) -> Mapping[str, ResponseContract]:
        node, real = self.document.locate((*at, "responses"))
        responses = {}
        for status in node:
            response, where = self.document.locate((*real, status))
            key = (str(status), where)
            if key not in self._shared_responses:
                self._shared_responses[key] = self._response(*key, response)
            responses[str(status)] = self._shared_responses[key]
        return responses

    def _response(self, status: str, where: Path, response: Mapping[str, Any]) -> ResponseContract:
        return ResponseContract(
            status,
            response["description"],
            self._body(where, response if "content" in response else None),
            tuple(
                self._named_value((*where, "headers", name), "header", name)
                for name in response.get("headers", ())
                # OpenAPI has it ignored: the content's media types say it.
                if name.lower() != "content-type"
            ),
            tuple(self._links(response.get("links", {}))),
        )

    def _links(self, links: Mapping[str, Any]) -> Iterator[Link]:
        for entry in links.values():
            link = self.document.resolve(entry)
            if "operationId" in link:
                yield Link(link["operationId"], link.get("parameters", {}), link.get("requestBody"))

    def _callbacks_of(self, at: Path, operation: str) -> Iterator[Callback]:
        for name in lookup(self.document.content, reference(at)).get("callbacks", {}):
            expressions, real = self.document.locate((*at, "callbacks", name))
            for expression, item in expressions.items():
                for method in METHODS:
                    if method in item:
                        yield self._callback((*real, expression, method), expression, operation)

    def _callback(self, at: Path, expression: str | None, operation: str | None) -> Callback:
        node, real = self.document.locate(at)
        body = self._body((*real, "requestBody"), node["requestBody"])
        if body is None or body.json is None:
            raise SpecificationError(f"{self.document.name}: callback {node['operationId']} has no JSON body")
        return Callback(
            id=node["operationId"],
            pointer=reference(real),
            summary=node["summary"],
            expression=expression,
            operation=operation,
            method=str(real[-1]).upper(),
            parameters=self._parameters(real),
            request=body.json,
            # An error of the receiver's may be described, too; it acknowledges nothing.
            acknowledgements={key: value for key, value in self._responses(real).items() if key[0] not in "45"},
            delivery=Delivery.from_specification(node["x-delivery"]),
            event=EventFields.from_specification(node.get("x-event", {})),
            example=next(iter(body.examples), None),
        )

    def _conditions(self) -> dict[str, ErrorCase]:
        cases: dict[str, ErrorCase] = {}
        for case in self.errors.values():
            for condition in case.conditions:
                if condition in cases:
                    raise SpecificationError(f"{self.document.name}: two error cases have the condition {condition}")
                cases[condition] = case
        missing = extensions.conditions() - set(cases)
        if missing:
            raise SpecificationError(f"{self.document.name}: no error case has {', '.join(sorted(missing))}")
        return cases

    def _envelope(self) -> Envelope:
        entry = self.document.content.get("x-envelope")
        if entry is None:
            raise SpecificationError(f"{self.document.name}: x-envelope is missing")
        templates = entry.get("templates", {})
        unknown = {case.envelope for case in self.errors.values() if case.envelope is not None} - templates.keys()
        if unknown:
            raise SpecificationError(f"{self.document.name}: x-envelope has no templates {sorted(unknown)}")
        return Envelope(entry["code"], entry["message"], tuple(entry.get("success", ())), templates)

    def _check_names(self, operations: Mapping[str, Operation], callbacks: Mapping[str, Callback]) -> None:
        for lifecycle in self.lifecycles.values():
            for edge in lifecycle.edges:
                if edge.by is not None and edge.by not in operations:
                    raise SpecificationError(f"lifecycle {lifecycle.name}: no operation is called {edge.by!r}")
            for shown in lifecycle.shown:
                if shown.by not in operations:
                    raise SpecificationError(f"lifecycle {lifecycle.name}: no operation is called {shown.by!r}")
            for state in lifecycle.states.values():
                if state.callback is not None and state.callback not in callbacks:
                    raise SpecificationError(f"lifecycle {lifecycle.name}: no callback is called {state.callback!r}")
        for callback in callbacks.values():
            sending = {
                state.name
                for lifecycle in self.lifecycles.values()
                for state in lifecycle.states.values()
                if state.callback == callback.id
            }
            unknown = sorted(callback.event.states.keys() - sending)
            if unknown:
                raise SpecificationError(
                    f"callback {callback.id}: its x-event names states that do not send it: {unknown}"
                )

    def _discrepancies(self) -> Iterator[Discrepancy]:
        for entry in self.document.content.get("x-discrepancies", ()):
            for location in entry.get("locations", ()):
                try:
                    lookup(self.document.content, location)
                except (LookupError, KeyError) as error:
                    raise SpecificationError(
                        f"{self.document.name}: discrepancy {entry['id']}: {location} leads nowhere"
                    ) from error
            yield Discrepancy(
                entry["id"], entry["subject"], entry["says"], entry["accept"], entry["emit"], entry["source"]
            )

    def _sensitive_schemes(self) -> dict[str, str]:
        return {scheme.parameter: "secret" for scheme in self.security_schemes.values() if scheme.type == "apiKey"}


def _example(node: Mapping[str, Any], schema: Any) -> Any:
    own = node.get("example", node.get("content", {}).get(JSON, {}).get("example"))
    return schema.get("example") if own is None and isinstance(schema, dict) else own


def _items(schema: Any) -> Any:
    return schema.get("items") if isinstance(schema, dict) else None


def _types(schema: Any, document: Document) -> frozenset[str]:
    schema = document.resolve(schema)
    if not isinstance(schema, dict):
        return frozenset()
    declared = schema.get("type")
    if declared is not None:
        return frozenset([declared] if isinstance(declared, str) else declared)
    types: set[str] = set()
    for combination in ("allOf", "anyOf", "oneOf"):
        for branch in schema.get(combination, ()):
            types |= _types(branch, document)
    if not types and ("const" in schema or "enum" in schema):
        values = schema.get("enum", [schema.get("const")])
        if all(isinstance(value, int) for value in values):
            types = {"integer"}
    return frozenset(types)
