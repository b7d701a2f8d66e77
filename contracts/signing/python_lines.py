"""Python that sends an operation's example with `requests`, and signs it in plain code."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from string import Formatter, Template
from typing import Any
from urllib.parse import quote

from bodydouble.contracts.core.names import plain_name
from bodydouble.contracts.core.tls import SYSTEM_TRUST, Trust
from bodydouble.contracts.model.contract import Contract, Operation
from bodydouble.contracts.model.security import SecurityScheme
from bodydouble.contracts.signing.example_request import ExampleRequest, example_request, text_of
from bodydouble.contracts.signing.python_code import Code, literal, path_code, quoted, with_names
from bodydouble.contracts.signing.python_recipes import RECIPES, TOKEN, Recipe

_UNIX_TIMES = {"seconds": "str(int(time.time()))", "milliseconds": "str(int(time.time() * 1000))"}


@dataclass(frozen=True, slots=True)
class PythonLines:
    """Makes the code for the operations of one contract.

    Args:
        base_url: scheme, host, port and path prefix; signatures cover the prefix.
        credentials: of an account, by name; they are assigned to variables of their names.
        trust: which certificates of the server are trusted.
    """

    contract: Contract
    base_url: str
    credentials: Mapping[str, str]
    trust: Trust = SYSTEM_TRUST

    def code(self, operation: Operation) -> str:
        """The code for an operation's example."""
        recipes = self._recipes(operation)
        request = example_request(self.contract, operation, self.credentials)
        blocks = [self._filled(recipe) for recipe in recipes] + [self._call(request, recipes)]
        text = "\n\n\n".join(blocks)
        needed = {name for recipe in recipes for name in recipe.imports}
        needed |= {"json"} if "json.dumps(" in text else set()
        return "\n".join([*self._head(needed, text), "\n" if recipes else "", text, ""])

    def _head(self, needed: set[str], text: str) -> Iterator[str]:
        lines = (line if " " in line else f"import {line}" for line in needed)
        yield from sorted(lines, key=lambda line: (line.startswith("from"), line))
        if needed:
            yield ""
        yield from ("import requests", "", f"base_url = {quoted(self.base_url)}")
        yield from (f"{name} = {quoted(value)}" for name, value in self.credentials.items() if name in text)

    def _recipes(self, operation: Operation) -> list[Recipe]:
        if operation.signature is not None:
            return [RECIPES[operation.signature["scheme"]]]
        for scheme in self._combination(operation):
            if scheme.signature is not None:
                return [RECIPES[scheme.signature["scheme"]]]
            if self._static(scheme) is None and self.contract.token_operation is not None:
                return [RECIPES["md5-template"], TOKEN]
        return []

    def _combination(self, operation: Operation) -> tuple[SecurityScheme, ...]:
        return next((combination for combination in operation.security if all(map(self._can, combination))), ())

    def _can(self, scheme: SecurityScheme) -> bool:
        if scheme.signature is not None:
            return scheme.signature["scheme"] in RECIPES
        return self._static(scheme) is not None or self.contract.token_operation is not None

    def _static(self, scheme: SecurityScheme) -> str | None:
        return next((name for name in self.credentials if plain_name(name) == plain_name(scheme.name)), None)

    @property
    def _names(self) -> dict[str, str]:
        return {value: name for name, value in self.credentials.items()}

    def _filled(self, recipe: Recipe) -> str:
        token = self.contract.token_operation
        code = recipe.code.strip("\n")
        return code if token is None else Template(code).safe_substitute(self._token_parts(token))

    def _token_parts(self, token: Operation) -> Mapping[str, str]:
        signature: Mapping[str, Any] = token.signature or {}
        time, content = signature["timestamp"]["name"], signature["content"]
        variables = {**{plain_name(name): name for name in self.credentials}, plain_name(time): "timestamp"}
        fields = {**variables, plain_name(signature["signature"]["name"]): "digest"}
        sent = {
            name: Code(fields[plain_name(name)]) if plain_name(name) in fields else value
            for name, value in token.example_fields.items()
        }
        return {
            "time": _UNIX_TIMES[signature["timestamp"]["unit"]],
            "content": "".join(_pieces(content, variables)),
            "fields": literal(sent, 4),
            "method": quoted(token.method),
            "path": token.path,
            "place": "params" if token.request_body is None else "json",
            "trust": "".join(f", {argument}" for argument in self._trusting()),
        }

    def _call(self, request: ExampleRequest, recipes: list[Recipe]) -> str:
        operation, names = request.operation, self._names
        path = {name: _path_text(value, names) for name, value in request.path.items()}
        arguments = [quoted(operation.method), path_code(operation.path, path, names)]
        arguments += [f"{name}={literal(value, 4)}" for name, value in self._sent(request) if value not in ({}, None)]
        arguments += self._trusting()
        arguments += ["auth=sign"] if any(recipe.signs for recipe in recipes) else []
        listed = "".join(f"    {argument},\n" for argument in arguments)
        return f"response = requests.request(\n{listed})\nprint(response.status_code, response.text)"

    def _trusting(self) -> list[str]:
        if not self.trust.verify:
            return ["verify=False"]
        return [] if self.trust.ca is None else [f"verify={quoted(str(self.trust.ca))}"]

    def _sent(self, request: ExampleRequest) -> Iterator[tuple[str, Any]]:
        operation = request.operation
        query: Any = {name: self._query_value(value) for name, value in request.query.items()}
        headers: dict[str, Any] = dict(request.headers)
        body = with_names(request.body, self._names)
        for scheme in self._combination(operation):
            if scheme.signature is None:
                place = query if scheme.location == "query" else headers
                place[scheme.parameter] = self._credential(scheme)
        if operation.signature is not None:
            query, body = (Code("signed_fields()"), None) if body is None else (query, Code("signed_fields()"))
        yield from (("params", query), ("headers", headers), ("json", body))

    def _credential(self, scheme: SecurityScheme) -> Code:
        token = self.contract.token_operation
        fields = sorted(token.response_fields) if token is not None else []
        field = next((name for name in fields if plain_name(name) == plain_name(scheme.name)), scheme.name)
        value = self._static(scheme) or f"token({quoted(field)})"
        return Code(f"{quoted(scheme.prefix)} + {value}" if scheme.prefix else value)

    def _query_value(self, value: Any) -> Any:
        named = with_names(value, self._names)
        if isinstance(value, bool):
            return str(value).lower()
        return Code(f"json.dumps({literal(named, 8)})") if isinstance(value, dict | list) else named


def _path_text(value: Any, names: Mapping[str, str]) -> str:
    text = text_of(value)
    return text if text in names else quote(text, safe="")


def _pieces(template: str, variables: Mapping[str, str]) -> Iterator[str]:
    for text, name, _, _ in Formatter().parse(template):
        yield text
        if name:
            yield f"{{{variables[plain_name(name)]}}}"
