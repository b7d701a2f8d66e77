"""The parts of a vendor package: where each stands, and what is missing or misspelt."""

import difflib
import importlib
import pkgutil
from collections.abc import Collection, Iterator, Mapping
from types import ModuleType
from typing import Any

from bodydouble.contracts.core.late_dataclass import dataclass
from bodydouble.mock_server.vendor_api.handlers import Handler

# Module and name of each part, by attribute of Vendor; `words` goes into its envelope.
PARTS: Mapping[str, tuple[str, str]] = {
    "authenticate": ("authentication", "authenticate"),
    "new_credentials": ("authentication", "new_credentials"),
    "callback_body": ("callbacks", "body"),
    "errors": ("names", "Errors"),
    "names": ("names", "NAMES"),
    "quotas": ("catalogue", "QUOTAS"),
    "settings": ("catalogue", "SETTINGS"),
    "catalogue_file": ("catalogue", "file"),
    "account_names": ("catalogue", "account_names"),
    "row_attributes": ("records", "ROW_ATTRIBUTES"),
    "populate": ("population", "populate"),
    "add_task": ("population", "add_task"),
    "signing_parts": ("callbacks", "signing_parts"),
    "signature": ("callbacks", "signature"),
    "settings_changed": ("callbacks", "settings_changed"),
    "check_settings": ("callbacks", "check_settings"),
    "words": ("envelope", "words"),
}
# What every package has, in addition to its operations.
REQUIRED = frozenset({"authenticate", "errors", "names"})
_OPERATIONS = "operations"
# The one module of operations that has no handlers.
_SHARED = "common"
_SIMILAR = 0.8


@dataclass(frozen=True)
class PackageParts:
    """What a package consists of.

    Attributes:
        modules: those of the package and of its operations, by name below the package (`operations.videos`).
        parts: those that the package has, by the keys of `PARTS`.
    """

    modules: Mapping[str, ModuleType]
    parts: Mapping[str, Any]

    @property
    def handlers(self) -> dict[str, Handler[Any]]:
        """The handlers of all modules of operations, by operationId.

        Raises:
            ValueError: an operation has two handlers.
        """
        handlers: dict[str, Handler[Any]] = {}
        for registered in (vars(module)["handlers"] for module in _chapters(self.modules).values()):
            twice = handlers.keys() & registered.keys()
            if twice:
                package = self.modules[_OPERATIONS].__name__
                raise ValueError(f"{package}: operations with two handlers: {', '.join(sorted(twice))}")
            handlers.update(registered)
        return handlers


def read_parts(package: ModuleType, required: Collection[str]) -> PackageParts:
    """Load the modules of a package and take its parts out of them.

    By convention, every module of `operations` has `handlers`, except `common`, which has what several chapters share.

    Args:
        package: has the modules of `PARTS` and a package `operations`.
        required: the parts that it must have, by the keys of `PARTS`.

    Raises:
        ValueError: a module cannot be imported for want of a name; a part is missing; or a name is so close to a
            missing part or module that it is taken for a misspelling of it.
    """
    try:
        modules = dict(_modules(package))
    except ImportError as error:
        raise ValueError(f"{package.__name__}: {error}") from error
    parts = {
        part: vars(modules[module])[name]
        for part, (module, name) in PARTS.items()
        if module in modules and name in vars(modules[module])
    }
    problems = [*_missing(modules, required - parts.keys()), *_misspelt(modules), *_without_handlers(modules)]
    if problems:
        raise ValueError(f"{package.__name__}: {'; '.join(sorted(problems))}")
    return PackageParts(modules, parts)


def _modules(package: ModuleType, prefix: str = "") -> Iterator[tuple[str, ModuleType]]:
    for info in pkgutil.iter_modules(package.__path__):
        module = importlib.import_module(f"{package.__name__}.{info.name}")
        yield prefix + info.name, module
        if prefix + info.name == _OPERATIONS and info.ispkg:
            yield from _modules(module, f"{_OPERATIONS}.")


def _missing(modules: Mapping[str, ModuleType], parts: Collection[str]) -> Iterator[str]:
    if _OPERATIONS not in modules:
        yield f"there is no package {_OPERATIONS}"
    for module, name in (PARTS[part] for part in parts):
        yield f"module {module} has no {name}" if module in modules else f"there is no module {module} with {name}"


def _misspelt(modules: Mapping[str, ModuleType]) -> Iterator[str]:
    names_by_module: dict[str, set[str]] = {}
    for module, name in PARTS.values():
        names_by_module.setdefault(module, set()).add(name)
    for expected, similar in _similar({*names_by_module, _OPERATIONS}, modules):
        yield f"module {similar} looks like a misspelt {expected}"
    for module in names_by_module.keys() & modules.keys():
        public = [name for name in vars(modules[module]) if not name.startswith("_")]
        for expected, similar in _similar(names_by_module[module], public):
            yield f"{module}.{similar} looks like a misspelt {expected}"


def _similar(expected_names: set[str], names: Collection[str]) -> Iterator[tuple[str, str]]:
    """Of the expected names that are missing, those to which another name is close; with that name."""
    for expected in expected_names.difference(names):
        for similar in difflib.get_close_matches(expected, names, cutoff=_SIMILAR):
            if similar not in expected_names:
                yield expected, similar


def _chapters(modules: Mapping[str, ModuleType]) -> dict[str, ModuleType]:
    """The modules of operations that have handlers of their own."""
    prefix = f"{_OPERATIONS}."
    return {
        name: module for name, module in modules.items() if name.startswith(prefix) and name != f"{prefix}{_SHARED}"
    }


def _without_handlers(modules: Mapping[str, ModuleType]) -> Iterator[str]:
    for name, module in _chapters(modules).items():
        if not isinstance(vars(module).get("handlers"), dict):
            yield f"module {name} has no handlers"
