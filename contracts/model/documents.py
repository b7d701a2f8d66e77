"""Reading the specification files."""

import functools
from collections.abc import Iterator
from dataclasses import field
from importlib import resources
from importlib.resources.abc import Traversable
from typing import Any

from bodydouble.contracts.core import json_pointer
from bodydouble.contracts.core.json_pointer import Path, lookup
from bodydouble.contracts.core.late_dataclass import dataclass
from bodydouble.contracts.model import yaml_cache

_FILE = "openapi.yaml"


class SpecificationError(ValueError):
    """A specification file breaks the rules of specs/README.md; the message says where and which."""


@dataclass(frozen=True)
class Document:
    """One OpenAPI document.

    Attributes:
        name: the folder under specs/, which is the vendor's name.
        content: the parsed document.
        uri: the identifier under which validators address it.
    """

    name: str
    # Not shown: thousands of lines.
    content: dict[str, Any] = field(repr=False)

    @property
    def uri(self) -> str:
        return f"urn:bodydouble:{self.name}"

    def resolve(self, node: Any) -> Any:
        """Follow `$ref`s to the node that they lead to.

        Raises:
            SpecificationError: the reference leads nowhere or out of the document.
        """
        while isinstance(node, dict) and isinstance(node.get("$ref"), str):
            reference = node["$ref"]
            if not reference.startswith("#/"):
                raise SpecificationError(f"{self.name}: {reference}: only references within the document are allowed")
            try:
                node = lookup(self.content, reference)
            except (LookupError, KeyError) as error:
                raise SpecificationError(f"{self.name}: {reference} leads nowhere") from error
        return node

    def locate(self, path: Path) -> tuple[Any, Path]:
        """Return the node at a path, references followed, and the path at which it really stands."""
        node: Any = self.content
        real: Path = ()
        for part in path:
            # Asked here, too: most nodes are no references, and a server's start comes by here 60,000 times.
            if isinstance(node, dict) and "$ref" in node:
                node, real = self._dereference(node, real)
            node, real = node[part], (*real, part)
        return self._dereference(node, real)

    def follow(self, node: Any, path: Path) -> tuple[Any, Path]:
        """The same as `locate`, for a node that is at hand and stands at a path."""
        return self._dereference(node, path) if isinstance(node, dict) and "$ref" in node else (node, path)

    def path_of(self, reference: str) -> Path:
        """The path that a `#/...` reference writes, with indexes of lists as numbers.

        Raises:
            LookupError: it leads nowhere.
        """
        node: Any = self.content
        path: Path = ()
        for part in json_pointer.parts(reference):
            key: str | int = int(part) if isinstance(node, list) else part
            node, path = node[key], (*path, key)
        return path

    def holds(self, reference: str) -> bool:
        """Whether a `#/...` reference leads somewhere."""
        try:
            lookup(self.content, reference)
        except LookupError:
            return False
        return True

    def _dereference(self, node: Any, real: Path) -> tuple[Any, Path]:
        while isinstance(node, dict) and isinstance(node.get("$ref"), str):
            real = tuple(json_pointer.parts(node["$ref"]))
            node = self.resolve({"$ref": node["$ref"]})
        return node, real


def specifications() -> Traversable:
    """The folder that holds the specifications, in a checkout as in an installed wheel."""
    return resources.files("bodydouble.specs")


def extension_schema() -> bytes:
    """The JSON Schema of the specification extensions."""
    return specifications().joinpath("extensions.schema.json").read_bytes()


def names() -> list[str]:
    """The names of all documents, in alphabetical order."""
    return sorted(entry.name for entry in specifications().iterdir() if entry.joinpath(_FILE).is_file())


def read_yaml(*path: str) -> Any:
    """The content of one YAML file below specs/.

    Raises:
        SpecificationError: it is not YAML, or some parsers would read it differently from others.
    """
    name = "/".join(path)
    try:
        return yaml_cache.read(specifications().joinpath(name).read_bytes())
    except ValueError as error:
        raise SpecificationError(f"{name}: {error}") from error


@functools.cache
def load(name: str) -> Document:
    """Read one document.

    Raises:
        SpecificationError: no document has that name.
    """
    if name not in names():
        raise SpecificationError(f"no specification is called {name!r}; there are: {', '.join(names())}")
    return Document(name, read_yaml(name, _FILE))


def raw(name: str) -> bytes:
    """The bytes of one document's file."""
    return specifications().joinpath(name, _FILE).read_bytes()


def openapi_violations(name: str) -> Iterator[str]:
    """Where one document is not OpenAPI 3.1, and why; nothing unless openapi-spec-validator is installed.

    Raises:
        SpecificationError: no document has that name.
    """
    try:
        from openapi_spec_validator import OpenAPIV31SpecValidator
    except ImportError:
        return
    for error in OpenAPIV31SpecValidator(load(name).content).iter_errors():
        yield f"{'/'.join(map(str, error.absolute_path))}: {error.message}"
