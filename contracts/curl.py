"""A request as a shell line that sends it again; what is secret in it comes from shell variables."""

import re
import shlex
from collections.abc import Mapping

from contracts.messages import WireRequest
from contracts.redaction import REPLACEMENT, Redactor

# What curl writes by itself, and what only says which library has sent the request.
_LEFT_OUT = frozenset(
    {"host", "content-length", "connection", "accept-encoding", "user-agent", "accept", "x-schemathesis-testcaseid"}
)
_SHORTEST_SECRET = 6
_REDACTED = re.compile(r"(?P<name>[\w.-]+)(?P<between>=|\\*\":\s*\\*\"?)" + re.escape(REPLACEMENT))
_MARK = re.compile("\x00([^\x00]*)\x00")


class Secrets:
    """Takes the values of an account's credentials out of texts, wherever they stand.

    Args:
        credentials: by name.
        redactor: knows the fields that hold secrets.
    """

    def __init__(self, credentials: Mapping[str, str], redactor: Redactor) -> None:
        self.redactor = redactor
        longest_first = sorted(credentials.items(), key=lambda entry: -len(entry[1]))
        self._credentials = {value: name for name, value in longest_first if len(value) >= _SHORTEST_SECRET}

    def text(self, text: str) -> str:
        """A text without secrets."""
        return self._literal(self.redactor.query(self.redactor.text(text)), REPLACEMENT)

    def shell(self, text: str) -> str:
        """A text that was redacted, as a word of a shell line: each secret is a variable of its name."""
        marked = _REDACTED.sub(lambda match: f"{match['name']}{match['between']}\0{match['name']}\0", text)
        for value, name in self._credentials.items():
            marked = marked.replace(value, f"\0{name}\0")
        pieces = _MARK.split(marked)
        words = [_variable(piece) if index % 2 else shlex.quote(piece) for index, piece in enumerate(pieces) if piece]
        return "".join(words) or "''"

    def _literal(self, text: str, replacement: str) -> str:
        for value in self._credentials:
            text = text.replace(value, replacement)
        return text


def curl(base_url: str, request: WireRequest, secrets: Secrets) -> str:
    """The line.

    Args:
        base_url: scheme, host and port.
    """
    query = secrets.redactor.query(request.query)
    target = secrets.shell(base_url.rstrip("/") + request.path + (f"?{query}" if query else ""))
    words = ["curl", "-sS", "-i", "-X", shlex.quote(request.method), target]
    for name, value in secrets.redactor.headers(request.headers).items():
        if name in _LEFT_OUT:
            continue
        shown = (
            secrets.shell(f"{name}: ") + _variable(name) if value == REPLACEMENT else secrets.shell(f"{name}: {value}")
        )
        words += ["-H", shown]
    if request.body:
        body = secrets.redactor.text(request.body.decode("utf-8", "backslashreplace"))
        words += ["--data-binary", secrets.shell(body)]
    return " ".join(words)


def _variable(name: str) -> str:
    return f'"${{{re.sub(r"[^A-Za-z0-9_]", "_", name)}}}"'
