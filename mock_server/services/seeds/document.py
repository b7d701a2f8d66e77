"""Reading the file of a seed: its form, and where in it everything stands."""

import functools
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jsonschema_rs
import yaml

from bodydouble.contracts.core.json_pointer import parts, pointer
from bodydouble.contracts.model import portable_yaml
from bodydouble.contracts.model.documents import specifications
from bodydouble.contracts.model.portable_yaml import UnportableYamlError

# A seed is written and read by people; what is larger is a snapshot.
MAX_BYTES = 16 * 1024 * 1024
SCHEMA = "seed.schema.json"
# Problems that one message lists.
_MAX_PROBLEMS = 10
_LINE = re.compile(r"line (\d+): (.*)")

# The JSON pointer of a place, and what is wrong there.
Problem = tuple[str, str]


class SeedError(ValueError):
    """A seed cannot be used, and nothing of it has been done; each line of the message names file, line and field."""


@dataclass(frozen=True, slots=True)
class SeedDocument:
    """The content of a seed's file, in the form of its schema.

    Attributes:
        path: of the file, as the user wrote it.
    """

    path: str
    content: Any
    _root: Any

    def error(self, problems: Iterable[Problem]) -> SeedError:
        """The error that names where in the file some problems are."""
        lines = [f"{self.path}, line {_line(self._root, place)}, {place or '/'}: {text}" for place, text in problems]
        more = len(lines) - _MAX_PROBLEMS
        return SeedError("\n".join([*lines[:_MAX_PROBLEMS], *([f"and {more} more"] if more > 0 else [])]))


def read(path: str) -> SeedDocument:
    """Read a file of YAML or JSON.

    Raises:
        OSError: it cannot be read.
        SeedError: it is too large, is no YAML that every parser reads the same, or has another form.
    """
    with Path(path).open("rb") as file:
        raw = file.read(MAX_BYTES + 1)
    if len(raw) > MAX_BYTES:
        raise SeedError(f"{path}: larger than {MAX_BYTES} bytes")
    try:
        content = portable_yaml.parse(raw)
    except UnportableYamlError as error:
        raise _unreadable(path, raw, error) from error
    document = SeedDocument(path, content, _composed(raw.decode()))
    problems = list(_problems(content))
    if problems:
        raise document.error(problems)
    return document


@functools.cache
def _schema() -> jsonschema_rs.Draft202012Validator:
    schema = json.loads(specifications().joinpath(SCHEMA).read_bytes())
    # Messages show no values: some are secrets.
    return jsonschema_rs.Draft202012Validator(schema, mask="the value")


def _problems(content: Any) -> Iterator[Problem]:
    for error in _schema().iter_errors(content):
        yield from _explained(error)


def _explained(error: jsonschema_rs.ValidationError) -> Iterator[Problem]:
    place, kind = pointer(error.instance_path), error.kind.as_dict()
    if error.kind.name == "additionalProperties":
        yield from ((f"{place}{pointer([name])}", "there is no such field") for name in kind["unexpected"])
    elif error.kind.name == "required":
        yield f"{place}{pointer([kind['property']])}", "required, but missing"
    elif "context" in kind:
        yield from _without_branch(place, kind["context"])
    else:
        yield place, error.message


def _without_branch(place: str, branches: list[list[jsonschema_rs.ValidationError]]) -> Iterator[Problem]:
    causes = [cause for branch in branches for cause in branch]
    if not causes:
        yield place, "only one of the alternatives may be there"
    elif all(cause.kind.name == "required" for cause in causes):
        yield place, f"needs {' or '.join(cause.kind.as_dict()['property'] for cause in causes)}"
    else:
        deepest = max(causes, key=lambda cause: len(cause.instance_path))
        yield from _explained(deepest)


def _unreadable(path: str, raw: bytes, error: UnportableYamlError) -> SeedError:
    cause = error.__cause__
    if isinstance(cause, yaml.MarkedYAMLError) and cause.problem_mark is not None:
        return SeedError(f"{path}, line {cause.problem_mark.line + 1}: {cause.problem}")
    if cause is not None:
        return SeedError(f"{path}: {cause}")
    root = _composed(raw.decode())
    return SeedError("\n".join(_located(path, root, line) for line in str(error).splitlines()[:_MAX_PROBLEMS]))


def _located(path: str, root: Any, complaint: str) -> str:
    match = _LINE.fullmatch(complaint)
    if match is None:
        return f"{path}: {complaint}"
    line = int(match[1])
    place = next((place for place, at in _places(root) if at == line), None)
    return f"{path}, line {line}{'' if place is None else f', {place}'}: {match[2]}"


def _composed(text: str) -> Any:
    try:
        return yaml.compose(text, Loader=portable_yaml.Loader)
    except yaml.YAMLError:
        return None


def _places(root: Any) -> Iterator[tuple[str, int]]:
    """Each field of a document, with the line on which it begins; what an alias repeats is passed over."""
    waiting, seen = [("", root)], set[int]()
    while waiting:
        place, node = waiting.pop(0)
        if id(node) in seen:
            continue
        seen.add(id(node))
        for key, start, value in _children(node):
            yield f"{place}{pointer([key])}", start.start_mark.line + 1
            waiting.append((f"{place}{pointer([key])}", value))


def _children(node: Any) -> Iterator[tuple[str, Any, Any]]:
    """Key or index, where it begins, and value, of everything in a list or mapping."""
    if isinstance(node, yaml.MappingNode):
        yield from ((str(key.value), key, value) for key, value in node.value)
    elif isinstance(node, yaml.SequenceNode):
        yield from ((str(index), item, item) for index, item in enumerate(node.value))


def _line(root: Any, place: str) -> int:
    """The line on which a field begins, or the innermost field around it that is there."""
    node, line = root, 1
    for part in parts(place):
        child = next(((start, value) for key, start, value in _children(node) if key == part), None)
        if child is None:
            break
        line, node = child[0].start_mark.line + 1, child[1]
    return line
