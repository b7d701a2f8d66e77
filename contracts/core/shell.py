"""Texts with placeholders, as words of a bash command in which shell variables stand for the placeholders.

A placeholder is written with letters that no encoding changes, so that it may be put into a URL, into JSON or into the
canonical form of a request before that becomes shell.
"""

import re

_PLACEHOLDER = re.compile(r"~_~(?P<name>\w+?)(?P<kind>-environment|-command)~_~")
_PLAIN = re.compile(r"[\w@%+=:,./-]+", re.ASCII)
_ESCAPES = {"\\": "\\\\", "'": "\\'", "\n": "\\n", "\r": "\\r", "\t": "\\t"}


def from_environment(name: str) -> str:
    """A placeholder for a variable that the user has set; without it, the command stops and says so."""
    return f"~_~{variable(name)}-environment~_~"


def from_command(name: str) -> str:
    """A placeholder for a variable that the command itself sets."""
    return f"~_~{variable(name)}-command~_~"


def has_placeholders(text: str) -> bool:
    """Whether a text has placeholders."""
    return _PLACEHOLDER.search(text) is not None


def word(text: str) -> str:
    """A text as one word."""
    pieces, at = [], 0
    for match in _PLACEHOLDER.finditer(text):
        pieces.append(_quoted(text[at : match.start()]))
        pieces.append(f'"${{{match["name"]}{":?" if match["kind"] == "-environment" else ""}}}"')
        at = match.end()
    pieces.append(_quoted(text[at:]))
    return "".join(pieces) or "''"


def raw_bytes(content: bytes) -> str:
    """Bytes that no word can hold, as a file that a command may read."""
    return "<(printf '" + "".join(f"\\{byte:03o}" for byte in content) + "')"


def assignment(name: str, value: str) -> str:
    """A variable that takes a text."""
    return f"{variable(name)}={word(value)}"


def assignment_of_output(name: str, command: str) -> str:
    """A variable that takes what a command writes."""
    return f"{variable(name)}=$({command})"


def sha256(text: str) -> str:
    """A command that writes the SHA-256 of a text, in hexadecimal."""
    return f"printf %s {word(text)} | openssl dgst -sha256 -r | cut -c1-64"


def hmac_sha256(text: str, key: str) -> str:
    """A command that writes the HMAC-SHA-256 of a text, in hexadecimal."""
    return f"printf %s {word(text)} | openssl dgst -sha256 -hmac {word(key)} -r | cut -c1-64"


def md5(text: str) -> str:
    """A command that writes the MD5 of a text, in hexadecimal."""
    return f"printf %s {word(text)} | openssl dgst -md5 -r | cut -c1-32"


def changed_at_the_end(name: str) -> str:
    """A command that writes a variable's value with another last character."""
    return f"printf %s {word(from_command(name))} | sed 's/0$/1/;t;s/.$/0/'"


def variable(name: str) -> str:
    """The name of a shell variable for a name."""
    return re.sub(r"\W", "_", name, flags=re.ASCII)


def _quoted(text: str) -> str:
    if not text or _PLAIN.fullmatch(text):
        return text
    if text.isprintable():
        return "'" + text.replace("'", "'\"'\"'") + "'"
    shown = (_ESCAPES.get(char) or (char if char.isprintable() else _bytes(char)) for char in text)
    return "$'" + "".join(shown) + "'"


def _bytes(char: str) -> str:
    return "".join(f"\\{byte:03o}" for byte in char.encode("utf-8", "surrogateescape"))
