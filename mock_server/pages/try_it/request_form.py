"""A form for the request of an operation: a field for each parameter, and the body as JSON."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import quote, urlencode

from bodydouble.contracts.core.names import plain_name
from bodydouble.contracts.core.wire import JSON, WireRequest
from bodydouble.contracts.model.contract import Operation
from bodydouble.contracts.model.parameters import Parameter
from bodydouble.contracts.signing.example_request import ExampleRequest, text_of
from bodydouble.mock_server.pages.forms import FieldError

_BODY = "body"


@dataclass(frozen=True, slots=True)
class FormField:
    """A field of the form.

    Attributes:
        name: in the form.
        label: the parameter's name.
        location: `path`, `query` or `header`.
        value: that it shows.
        hint: an example for a field that may stay empty.
        choices: the values that the schema lists; empty for a field of free text.
        long: whether it holds JSON.
    """

    name: str
    label: str
    location: str
    required: bool
    value: str
    hint: str
    choices: tuple[str, ...] = ()
    long: bool = False


@dataclass(frozen=True, slots=True)
class RequestForm:
    """The form of an operation.

    Attributes:
        body: the text of the body; None if the operation has none.
    """

    operation: Operation
    fields: tuple[FormField, ...]
    body: str | None

    @classmethod
    def of_example(cls, example: ExampleRequest) -> "RequestForm":
        """The form, filled with the specification's example."""
        known = {"path": example.path, "query": example.query, "header": example.headers}
        operation = example.operation
        shown = (parameter for parameter in operation.parameters if _is_open(operation, parameter))
        fields = tuple(_field(parameter, known[parameter.location]) for parameter in shown)
        body = None if example.body is None else json.dumps(example.body, ensure_ascii=False, indent=2)
        return cls(operation, fields, body)

    def filled(self, sent: Mapping[str, str]) -> "RequestForm":
        """The form with what was written into it."""
        fields = tuple(replace(field, value=sent.get(field.name, "")) for field in self.fields)
        return replace(self, fields=fields, body=None if self.body is None else sent.get(_BODY, ""))

    def request(self, host: str) -> WireRequest:
        """The request that the form means: empty fields are left out.

        Raises:
            FieldError: a header has what no header can carry.
        """
        written = {place: self._written(place) for place in ("path", "query", "header")}
        path = self.operation.path
        for name, text in written["path"].items():
            path = path.replace(f"{{{name}}}", quote(text, safe=""))
        headers = {"host": host, **{name.lower(): _header(name, text) for name, text in written["header"].items()}}
        if self.body:
            headers["content-type"] = JSON
        body = (self.body or "").encode()
        return WireRequest(self.operation.method, path, urlencode(written["query"]), headers, body)

    def _written(self, location: str) -> dict[str, str]:
        return {
            field.label: field.value
            for field in self.fields
            if field.location == location and (field.value or location == "path")
        }


def _header(name: str, text: str) -> str:
    if not (text.isascii() and text.isprintable()):
        raise FieldError(f"{name}: a header can only carry letters, digits and signs of ASCII")
    return text


def _is_open(operation: Operation, parameter: Parameter) -> bool:
    """Whether a reader may choose its value: neither a constant nor what a signer fills in."""
    if parameter.constant is not None and (parameter.location == "header" or not parameter.required):
        return False
    if (parameter.location, parameter.name.lower()) in operation.signer_parameters:
        return False
    return plain_name(parameter.name) not in _signed_names(operation)


def _signed_names(operation: Operation) -> frozenset[str]:
    signature = operation.signature
    if signature is None or operation.request_body is not None:
        return frozenset()
    return frozenset(plain_name(signature[part]["name"]) for part in ("timestamp", "signature"))


def _field(parameter: Parameter, known: Mapping[str, Any]) -> FormField:
    value, usual = known.get(parameter.name), parameter.usual_value
    choices: tuple[Any, ...] = parameter.choices
    if parameter.types == {"boolean"}:
        choices = (True, False)
    return FormField(
        name=f"{parameter.location}.{parameter.name}",
        label=parameter.name,
        location=parameter.location,
        required=parameter.required,
        value="" if value is None else text_of(value),
        hint="" if usual is None else text_of(usual),
        choices=tuple(map(text_of, choices)),
        long=parameter.holds_json,
    )
