"""Names that a vendor's functions use but its `names.py` does not have, by their compiled code.

A misspelt `Errors.thatCase` inside a function would otherwise fail only when a request gets there. Compiled code is in
memory already, unlike the source: the check is part of every start.
"""

import dis
import sys
from collections.abc import Iterator, Mapping
from enum import Enum
from types import CodeType, FunctionType, ModuleType
from typing import Any

_LOAD_GLOBAL, _EXTENDED_ARG, _CACHE = (dis.opmap[name] for name in ("LOAD_GLOBAL", "EXTENDED_ARG", "CACHE"))
_LOAD_ATTR = dis.opmap["LOAD_ATTR"]
# Python 3.11 loads a method by an instruction of its own. Since 3.12 the lowest bit of the argument of LOAD_ATTR says
# whether it is a method; LOAD_METHOD is still in the table, but no compiled code has it.
_LOAD_METHOD = dis.opmap.get("LOAD_METHOD")
_ATTRIBUTE_SHIFT = 1 if sys.version_info >= (3, 12) else 0


def unknown_uses(modules: Mapping[str, ModuleType], names: ModuleType, errors: type[Enum]) -> list[str]:
    """What functions load from `names` or `Errors` although it is not there, as text.

    Code at the top of a module is left out: it runs, and fails, when the module is imported.

    Args:
        modules: the modules of a vendor package, by their names in it.
        names: its module of that name.
        errors: its error cases.
    """
    checked = (names, errors)
    return [
        f"{_described(owner, attribute, errors)} in {module_name}.{code.co_qualname}"
        for module_name, module in modules.items()
        for code in _codes_of_module(module)
        for owner, attribute in _unknown_attributes(code, vars(module), checked)
    ]


def _described(owner: object, attribute: str, errors: type[Enum]) -> str:
    return f"unknown error case {attribute}" if owner is errors else f"unknown name names.{attribute}"


def _codes_of_module(module: ModuleType) -> Iterator[CodeType]:
    for value in vars(module).values():
        if getattr(value, "__module__", None) == module.__name__:
            members = vars(value).values() if isinstance(value, type) else (value,)
            for member in members:
                yield from _codes(_code(member))


def _code(member: object) -> CodeType | None:
    """The code of a function, also of one in a property, a class method or a cache."""
    for attribute in ("fget", "func", "__wrapped__"):
        member = getattr(member, attribute, None) or member
    return member.__code__ if isinstance(member, FunctionType) else None


def _codes(code: object) -> Iterator[CodeType]:
    if isinstance(code, CodeType):
        yield code
        for constant in code.co_consts:
            yield from _codes(constant)


def _unknown_attributes(
    code: CodeType, variables: Mapping[str, Any], checked: tuple[object, ...]
) -> Iterator[tuple[object, str]]:
    if not any(variables.get(name) in checked for name in code.co_names if name in variables):
        return
    value: object = None
    for operation, argument in _instructions(code.co_code):
        if operation == _LOAD_GLOBAL:
            value = variables.get(code.co_names[argument >> 1])
        elif value in checked and operation in (_LOAD_ATTR, _LOAD_METHOD):
            attribute = code.co_names[argument >> _ATTRIBUTE_SHIFT]
            if not hasattr(value, attribute):
                yield value, attribute
            value = getattr(value, attribute, None)
        else:
            value = None


def _instructions(code: bytes) -> Iterator[tuple[int, int]]:
    """Operation and argument of each instruction. `dis.get_instructions` takes ten times as long."""
    extended = 0
    for operation, argument in zip(code[::2], code[1::2], strict=True):
        if operation == _EXTENDED_ARG:
            extended = (extended | argument) << 8
        elif operation != _CACHE:
            yield operation, extended | argument
            extended = 0
