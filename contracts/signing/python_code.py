"""Values as Python code, in the form that formatters give them."""

import json
from dataclasses import dataclass
from typing import Any

WIDTH = 100


@dataclass(frozen=True, slots=True)
class Code:
    """An expression of generated code, which stands in values as itself."""

    text: str


def literal(value: Any, indent: int = 0) -> str:
    """The code of a value; one that is too long for a line has a line for each item."""
    short = _on_one_line(value)
    if not isinstance(value, dict | list) or not value or indent + len(short) <= WIDTH:
        return short
    space = " " * (indent + 4)
    if isinstance(value, dict):
        items = [f"{quoted(name)}: {literal(item, indent + 4)}" for name, item in value.items()]
    else:
        items = [literal(item, indent + 4) for item in value]
    lines = "".join(f"{space}{item},\n" for item in items)
    opening, closing = ("{", "}") if isinstance(value, dict) else ("[", "]")
    return f"{opening}\n{lines}{' ' * indent}{closing}"


def _on_one_line(value: Any) -> str:
    if isinstance(value, Code):
        return value.text
    if isinstance(value, dict):
        return "{" + ", ".join(f"{quoted(name)}: {_on_one_line(item)}" for name, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_on_one_line, value)) + "]"
    return quoted(value) if isinstance(value, str) else repr(value)


def quoted(text: str) -> str:
    """A text in double quotes."""
    # JSON's escapes mean the same in Python, except for a lone surrogate, which no UTF-8 file can hold.
    encoded = json.dumps(text, ensure_ascii=False)
    return encoded if encoded.isprintable() else json.dumps(text)


def with_names(value: Any, names: dict[str, str]) -> Any:
    """A value in which variables stand for some texts.

    Args:
        names: of variables, by the texts.
    """
    if isinstance(value, dict):
        return {name: with_names(item, names) for name, item in value.items()}
    if isinstance(value, list):
        return [with_names(item, names) for item in value]
    if isinstance(value, bool | None):
        return value
    return Code(names[str(value)]) if str(value) in names else value


def path_code(path: str, values: dict[str, str], names: dict[str, str]) -> str:
    """An expression for the base URL followed by a path.

    Args:
        path: template.
        values: of its parameters.
        names: of variables, by texts that they hold.
    """
    for name, value in values.items():
        path = path.replace(f"{{{name}}}", f"{{{names[value]}}}" if value in names else value)
    return f"f{quoted('{base_url}' + path)}" if "{" in path else f"base_url + {quoted(path)}"
