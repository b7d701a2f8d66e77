"""The secrets that a tester has seen during a run, and how to redact them in what it shows."""

import json
from collections.abc import Callable, Mapping
from html import escape
from typing import Any
from urllib.parse import quote, quote_plus, unquote_plus

from bodydouble.contracts.core import shell
from bodydouble.contracts.core.json_mutations import nodes
from bodydouble.contracts.core.strict_json import JsonTextError, parse_shared
from bodydouble.contracts.core.wire import WireRequest, WireResponse
from bodydouble.contracts.redaction.fields import MIN_SECRET_LENGTH, REPLACEMENT, FieldRedactor
from bodydouble.contracts.redaction.value_forms import without_values


class KnownSecrets:
    """Takes secret values out of texts, wherever they stand: credentials, tokens, values that responses issued.

    Args:
        credentials: by name.
        redactor: knows the fields that hold secrets.
    """

    def __init__(self, credentials: Mapping[str, str], redactor: FieldRedactor) -> None:
        self.redactor = redactor
        self._values: dict[str, str] = {}
        for name, value in sorted(credentials.items(), key=lambda entry: -len(entry[1])):
            self.remember(name, value)

    def remember(self, name: str, value: str) -> None:
        """Remember a secret.

        Args:
            name: of the shell variable that holds it.
        """
        if len(value) >= MIN_SECRET_LENGTH:
            named = escape(value, quote=True)
            for written in (value, quote(value, safe=""), quote_plus(value), json.dumps(value)[1:-1], named):
                self._values.setdefault(written, name)

    def remember_fields(self, content: Any, unless_in: str = "") -> None:
        """Remember the values of the sensitive fields of a JSON value.

        Args:
            unless_in: a value that stands in this text is not a secret.
        """
        for path, value in nodes(content):
            if path and path[-1] in self.redactor.names and isinstance(value, str) and value not in unless_in:
                self.remember(str(path[-1]), value)

    def remember_response(self, request: WireRequest, response: WireResponse) -> None:
        """Remember what a response issued, and did not merely repeat."""
        if not any(name.encode() in response.body for name in self.redactor.names):
            return
        sent = f"{unquote_plus(request.path)} {unquote_plus(request.query)} {request.body.decode('utf-8', 'replace')}"
        try:
            self.remember_fields(parse_shared(response.body), sent)
        except JsonTextError:
            return

    def text(self, text: str) -> str:
        """A text without secrets: those that are known, and the values of sensitive fields."""
        return self._changed(self.redactor.query(self.redactor.text(text)), lambda name: REPLACEMENT)

    def with_placeholders(self, text: str) -> str:
        """A text with a placeholder for a shell variable in the place of each known secret."""
        return self._changed(text, shell.from_environment)

    def _changed(self, text: str, put: Callable[[str], str]) -> str:
        # A copy: other threads may remember values meanwhile.
        names = dict(self._values)
        for value in sorted((value for value in names if value in text), key=len, reverse=True):
            text = text.replace(value, put(names[value]))
        # What is written in yet another way stands for no variable.
        return without_values(text, names, REPLACEMENT)
