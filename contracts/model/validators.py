"""Compiled JSON Schema validators that report violations, also within JSON held in strings."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import field
from types import MappingProxyType
from typing import Any, Protocol

import jsonschema_rs

from bodydouble.contracts.core.json_pointer import Path, pointer, reference
from bodydouble.contracts.core.late_dataclass import dataclass
from bodydouble.contracts.core.lazy_property import lazy_property
from bodydouble.contracts.core.strict_json import JsonTextError, parse
from bodydouble.contracts.core.wire import JSON
from bodydouble.contracts.model.branches import Resolve, meant_branch
from bodydouble.contracts.model.documents import Document
from bodydouble.contracts.model.violation import Violation

_EACH = "*"
# What a schema has that may hold documents inside texts.
_HOLDERS = frozenset({"$ref", "contentMediaType", "properties", "items", "allOf", "anyOf", "oneOf"})


class CompiledSchema(Protocol):
    """What validates an instance."""

    @property
    def is_valid(self) -> Callable[[Any], bool]:
        """Whether an instance satisfies the schema."""

    @property
    def iter_errors(self) -> Callable[[Any], Iterator[jsonschema_rs.ValidationError]]:
        """The errors of an instance."""


class _LateSchema:
    """A schema that is compiled when it is first used."""

    __slots__ = ("_compile", "is_valid", "iter_errors")

    is_valid: Callable[[Any], bool]
    iter_errors: Callable[[Any], Iterator[jsonschema_rs.ValidationError]]

    def __init__(self, compile_schema: Callable[[], CompiledSchema]) -> None:
        self._compile = compile_schema
        # From the first use on these are the methods of the compiled schema: a request pays nothing for this class.
        self.is_valid = lambda instance: self._compiled().is_valid(instance)
        self.iter_errors = lambda instance: self._compiled().iter_errors(instance)

    def _compiled(self) -> CompiledSchema:
        compiled = self._compile()
        self.is_valid, self.iter_errors = compiled.is_valid, compiled.iter_errors
        return compiled


@dataclass(frozen=True, slots=True)
class InnerDocument:
    """A place in a schema where a string holds a JSON document of its own.

    Attributes:
        path: keys from the schema's root to the string; `*` stands for each item of an array.
        validator: of the inner document.
    """

    path: tuple[str, ...]
    validator: "Validator"

    def strings(self, instance: Any) -> Iterator[tuple[Path, str]]:
        """The carrier strings that an instance really has, each with its path."""
        yield from _strings_at(instance, self.path, ())


def _strings_at(value: Any, path: tuple[str, ...], seen: Path) -> Iterator[tuple[Path, str]]:
    if not path:
        if isinstance(value, str):
            yield seen, value
    elif path[0] == _EACH:
        if isinstance(value, list):
            for index, item in enumerate(value):
                yield from _strings_at(item, path[1:], (*seen, index))
    elif isinstance(value, dict) and path[0] in value:
        yield from _strings_at(value[path[0]], path[1:], (*seen, path[0]))


@dataclass(frozen=True, slots=True)
class Validator:
    """One schema, compiled.

    Attributes:
        location: `#/...` reference of the schema in its document.
        schema: the schema as written, references followed.
    """

    location: str
    schema: Any
    _compiled: CompiledSchema = field(repr=False, compare=False)
    _resolve: Resolve = field(repr=False, compare=False)
    inner: tuple[InnerDocument, ...] = ()

    @property
    def property_names(self) -> tuple[str, ...]:
        """Names of the properties that the schema itself describes."""
        return tuple(self.schema.get("properties", ())) if isinstance(self.schema, dict) else ()

    def all_property_names(self) -> Iterator[str]:
        """Names of the properties at every depth of the schema, references followed; a name may come again."""
        queue, seen = [self.schema], set[int]()
        while queue:
            node = self._resolve(queue.pop())
            if not isinstance(node, dict | list) or id(node) in seen:
                continue
            seen.add(id(node))
            if isinstance(node, dict):
                yield from map(str, node.get("properties", ()))
            queue += node.values() if isinstance(node, dict) else node

    def outer_is_valid(self, instance: Any) -> bool:
        """Whether an instance satisfies the schema, whatever the strings in it hold."""
        return self._compiled.is_valid(instance)

    def is_valid(self, instance: Any) -> bool:
        """Whether an instance satisfies the schema, inner documents included."""
        if not self.outer_is_valid(instance):
            return False
        return not self.inner or not any(self._inner_violations(instance, "body"))

    def violations(self, instance: Any, part: str = "body", below: Path = ()) -> tuple[Violation, ...]:
        """All violations of the schema by an instance.

        Args:
            instance: the parsed JSON value.
            part: the part of the message that it is.
            below: path of the instance in that part, put in front of every pointer.
        """
        violations = [
            violation
            for error in self._compiled.iter_errors(instance)
            for violation in _explain(error, part, below, self._resolve)
        ]
        if self.inner:
            violations.extend(self._inner_violations(instance, part, below))
        # Schemas that are put together from others may say a thing twice.
        return tuple({str(violation): violation for violation in violations}.values())

    def _inner_violations(self, instance: Any, part: str, below: Path = ()) -> Iterator[Violation]:
        for inner in self.inner:
            for path, text in inner.strings(instance):
                yield from inner.validator.text_violations(text, part, (*below, *path))

    def text_violations(self, text: str, part: str, below: Path) -> tuple[Violation, ...]:
        """All violations of the schema by a JSON text; pointers lead into the text."""
        if not text:
            # A carrier that is present but empty means "nothing" to every vendor that has such fields.
            return ()
        try:
            document = parse(text)
        except JsonTextError as error:
            return (Violation(part, pointer(below) + error.pointer, error.rule, text, error.expected),)
        return self.violations(document, part, below)


def _explain(error: jsonschema_rs.ValidationError, part: str, below: Path, resolve: Resolve) -> Iterator[Violation]:
    kind = error.kind.as_dict()
    path: Path = (*below, *error.instance_path)
    rule = error.kind.name
    branches: list[list[jsonschema_rs.ValidationError]] = kind.get("context") or []
    if rule in ("anyOf", "oneOf", "oneOfNotValid") and branches and all(branches):
        # When every branch only lacks something, the sender may have meant any of them.
        lacking = all(cause.kind.name == "required" for branch in branches for cause in branch)
        for branch in branches if lacking else [meant_branch(error, branches, resolve)]:
            for cause in branch:
                yield from _explain(cause, part, below, resolve)
        return
    if rule == "required":
        name = kind["property"]
        yield Violation(part, pointer((*path, name)), "required", None, "a value")
        return
    expected = next(
        (kind[key] for key in ("limit", "options", "types", "pattern", "expected_value", "format") if key in kind),
        error.message,
    )
    yield Violation(part, pointer(path), rule, error.instance, expected)


class ValidatorFactory:
    """Compiles the schemas of one document, each once, against one registry.

    Args:
        document: that has the schemas.
        verified: references of schemas that are known to compile, and whether documents stand in texts of them: these
            are compiled when they are first used.
    """

    def __init__(self, document: Document, verified: Mapping[str, bool] = MappingProxyType({})) -> None:
        self._document = document
        self._verified = verified
        self._validators: dict[Path, Validator] = {}
        # Where schemas stand from which no document inside a text can be reached.
        self._without_inner: set[Path] = set()

    def __len__(self) -> int:
        return len(self._validators)

    @lazy_property
    def _registry(self) -> jsonschema_rs.Registry:
        return jsonschema_rs.Registry([(self._document.uri, self._document.content)])

    def compiled(self) -> dict[str, bool]:
        """References of all schemas so far, and whether documents stand in texts of them."""
        return {validator.location: bool(validator.inner) for validator in self._validators.values()}

    def at(self, path: Path) -> Validator:
        """The validator of the schema at a path of the document (of its target, where the path meets references)."""
        schema, real = self._document.locate(path)
        if real not in self._validators:
            location = reference(real)
            inner = self._inner_documents(schema, real) if self._verified.get(location, True) else ()
            compiled = self._compiled(location)
            self._validators[real] = Validator(location, schema, compiled, self._document.resolve, inner)
        return self._validators[real]

    def _compiled(self, location: str) -> CompiledSchema:
        def compile_schema() -> CompiledSchema:
            return jsonschema_rs.Draft202012Validator({"$ref": self._document.uri + location}, registry=self._registry)

        return _LateSchema(compile_schema) if location in self._verified else compile_schema()

    def _inner_documents(self, schema: Any, real: Path) -> tuple[InnerDocument, ...]:
        reached: set[Path] = set()
        inner = tuple(self._inner(schema, real, (), frozenset(), reached))
        if not inner:
            self._without_inner |= reached
        return inner

    def node(self, path: Path) -> tuple[Any, Path]:
        """The node at a path of the document, references followed, and the path at which it really stands."""
        return self._document.locate(path)

    def path_of(self, validator: Validator) -> Path:
        """The path at which the schema of a validator stands in the document."""
        return self._document.path_of(validator.location)

    def _inner(
        self, node: Any, at: Path, keys: tuple[str, ...], seen: frozenset[Path], reached: set[Path]
    ) -> Iterator[InnerDocument]:
        # Nearly all schemas are of a plain value.
        if not isinstance(node, dict) or _HOLDERS.isdisjoint(node):
            return
        schema, real = self._document.follow(node, at)
        if not isinstance(schema, dict) or real in seen or real in self._without_inner:
            return
        seen = seen | {real}
        reached.add(real)
        if schema.get("contentMediaType") == JSON and "contentSchema" in schema:
            yield InnerDocument(keys, self.at((*real, "contentSchema")))
        for name, property_schema in schema.get("properties", {}).items():
            yield from self._inner(property_schema, (*real, "properties", name), (*keys, name), seen, reached)
        if isinstance(schema.get("items"), dict):
            yield from self._inner(schema["items"], (*real, "items"), (*keys, _EACH), seen, reached)
        for combination in ("allOf", "anyOf", "oneOf"):
            for index, branch in enumerate(schema.get(combination, ())):
                yield from self._inner(branch, (*real, combination, index), keys, seen, reached)
