"""Bash lines that send a reported request again, signed anew.

A signature and a token in a report would be stale, and must not be shown. So the line makes its own, out of the
account's credentials in shell variables of their names.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import parse_qsl

from bodydouble.contracts.core import shell
from bodydouble.contracts.core.curl import curl
from bodydouble.contracts.core.names import PlainNames, plain_name
from bodydouble.contracts.core.strict_json import JsonTextError, parse
from bodydouble.contracts.core.tls import SYSTEM_TRUST, Trust
from bodydouble.contracts.core.wire import JSON, WireRequest, joined
from bodydouble.contracts.model.contract import Contract, Operation
from bodydouble.contracts.model.security import SecurityScheme
from bodydouble.contracts.redaction.known_values import KnownSecrets
from bodydouble.contracts.signatures import md5_template
from bodydouble.contracts.signing.shell_signatures import RECIPES

_UNIX_TIMES = {"seconds": "date +%s", "milliseconds": "date +%s000"}


@dataclass(frozen=True, slots=True)
class Reproduction:
    """Makes the lines of one run.

    Args:
        base_url: scheme, host, port and path prefix; the prefix is not signed.
        credentials: by name.
        secrets: what must not be shown.
        joint: stands before each header and before the body of the request itself.
        trust: which certificates of the server are trusted.
        signed_prefix: begins each path, and is covered by signatures; empty for none.
    """

    contract: Contract
    base_url: str
    credentials: Mapping[str, str]
    secrets: KnownSecrets
    joint: str = " "
    trust: Trust = SYSTEM_TRUST
    signed_prefix: str = ""

    def line(self, operation: Operation, request: WireRequest, spoiled: str = "") -> str:
        """The line for a request to an operation; see `steps`."""
        return "; ".join(self.steps(operation, request, spoiled))

    def steps(self, operation: Operation, request: WireRequest, spoiled: str = "") -> list[str]:
        """The commands for a request to an operation, in order.

        Args:
            request: as it was sent. What it lacks of its credentials, the commands lack, too.
            spoiled: name of the security scheme whose credential was made wrong; empty for none.
        """
        called = replace(request, path=self.signed_prefix + request.path)
        steps, request = self._signed_by_fields(operation, self._with_placeholders(called))
        for scheme in self._used(operation, request):
            more, request = self._signed(scheme, request, spoil=scheme.name == spoiled)
            steps += more
        return [*steps, curl(self.base_url, request, joint=self.joint, trust=self.trust)]

    def _with_placeholders(self, request: WireRequest) -> WireRequest:
        put = self.secrets.with_placeholders
        headers = {name: put(value) for name, value in request.headers.items()}
        body = put(request.body.decode("utf-8", "surrogateescape")).encode("utf-8", "surrogateescape")
        return replace(request, path=put(request.path), query=put(request.query), headers=headers, body=body)

    def _used(self, operation: Operation, request: WireRequest) -> list[SecurityScheme]:
        for combination in operation.security:
            if combination and all(scheme.find(request) is not None for scheme in combination):
                return list(combination)
        return []

    def _signed(self, scheme: SecurityScheme, request: WireRequest, *, spoil: bool) -> tuple[list[str], WireRequest]:
        if scheme.signature is None:
            steps, credential = self._credential(scheme)
            if spoil:
                steps = [*steps, shell.assignment("credential", credential), _spoiling("credential")]
                credential = shell.from_command("credential")
            return steps, _put(scheme, request, credential)
        recipe = RECIPES.get(scheme.signature["scheme"])
        if recipe is None:
            return [], _put(scheme, request, shell.from_environment(scheme.parameter))
        steps, request = recipe(request)
        return [*steps, *([_spoiling("signature")] if spoil else [])], request

    def _credential(self, scheme: SecurityScheme) -> tuple[list[str], str]:
        static = next((name for name in self.credentials if plain_name(name) == plain_name(scheme.name)), None)
        operation = self.contract.token_operation
        if static is not None or operation is None:
            return [], shell.from_environment(static or scheme.name)
        values = {name: str(value) for name, value in operation.example_fields.items()}
        steps, values = self._signed_values(operation, values)
        request = WireRequest(operation.method, self.signed_prefix + operation.path, "", {}, b"")
        if operation.request_body is None:
            request = replace(request, query="&".join(f"{name}={value}" for name, value in values.items()))
        else:
            body = json.dumps(values, ensure_ascii=False).encode()
            request = replace(request, headers={"content-type": JSON}, body=body)
        field = self._field_of(operation, plain_name(scheme.name))
        command = curl(self.base_url, request, show_headers=False, trust=self.trust)
        extraction = f"""{command} | sed -nE 's/.*"{field}" *: *"([^"]*)".*/\\1/p'"""
        return [*steps, shell.assignment_of_output(scheme.name, extraction)], shell.from_command(scheme.name)

    def _signed_values(self, operation: Operation, values: Mapping[str, str]) -> tuple[list[str], dict[str, str]]:
        """The commands that sign the fields of a call which is signed by a digest of them, and the fields."""
        signature: Mapping[str, Any] = operation.signature or {}
        timestamp, sign = signature["timestamp"]["name"], signature["signature"]["name"]
        own = {plain_name(name): shell.from_environment(name) for name in self.credentials}
        parts = PlainNames({**own, plain_name(timestamp): shell.from_command("timestamp")})
        steps = [
            shell.assignment_of_output("timestamp", _UNIX_TIMES[signature["timestamp"]["unit"]]),
            shell.assignment_of_output("sign", shell.md5(signature["content"].format_map(parts))),
        ]
        filled = {name: parts[name] if plain_name(name) in parts else value for name, value in values.items()}
        return steps, {**filled, sign: shell.from_command("sign")}

    def _signed_by_fields(self, operation: Operation, request: WireRequest) -> tuple[list[str], WireRequest]:
        # Only a request with a valid signature is signed again; an invalid signature is the purpose of its request.
        signature = operation.signature
        if signature is None or signature["scheme"] != "md5-template":
            return [], request
        name = signature["signature"]["name"]
        try:
            body = parse(request.body) if request.body else {}
        except JsonTextError:
            return [], request
        in_body = signature["signature"]["in"] == "body"
        sent = body if in_body else dict(parse_qsl(request.query, keep_blank_values=True))
        if not isinstance(sent, dict) or not self._is_genuine(signature, sent):
            return [], request
        field_names = {name, signature["timestamp"]["name"]}
        steps, values = self._signed_values(operation, {key: str(value) for key, value in sent.items()})
        if in_body:
            fields = {key: values[key] if key in field_names else value for key, value in sent.items()}
            return steps, replace(request, body=json.dumps(fields, ensure_ascii=False).encode())
        pairs = [pair.partition("=") for pair in request.query.split("&")]
        query = "&".join(f"{key}={values[key] if key in field_names else value}" for key, _, value in pairs)
        return steps, replace(request, query=query)

    def _is_genuine(self, signature: Mapping[str, Any], sent: Mapping[str, Any]) -> bool:
        known = {plain_name(name): value for name, value in self.credentials.items()}
        placeholders = {shell.from_environment(name): value for name, value in self.credentials.items()}
        own = {plain_name(name): placeholders.get(str(value), str(value)) for name, value in sent.items()}
        try:
            parts = PlainNames({**known, **own})
            return md5_template.verify(signature["content"], parts, str(sent.get(signature["signature"]["name"], "")))
        except KeyError:
            return False

    def _field_of(self, operation: Operation, field_name: str) -> str:
        """The name of a field of an operation's responses, as the wire writes it."""
        return next((name for name in sorted(operation.response_fields) if plain_name(name) == field_name), field_name)


def _put(scheme: SecurityScheme, request: WireRequest, credential: str) -> WireRequest:
    bare = scheme.remove(request)
    if scheme.location == "header":
        return replace(bare, headers={**bare.headers, scheme.parameter.lower(): scheme.prefix + credential})
    return replace(bare, query=joined(bare.query, f"{scheme.parameter}={scheme.prefix}{credential}"))


def _spoiling(name: str) -> str:
    return shell.assignment_of_output(name, shell.changed_at_the_end(name))
