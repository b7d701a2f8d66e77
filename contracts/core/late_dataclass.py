"""The standard library's `dataclass`, with methods that are compiled when they are first called.

The library compiles six methods for each frozen class as soon as it is defined, which takes half a millisecond. A
server's start defines 150 such classes, and calls few of their methods.

To create a frozen object, the library calls `object.__setattr__` for each field, since the class refuses assignments.
That takes several times as long as an assignment, and a request makes dozens of objects. Here a new object with slots,
which nobody else has yet, is meanwhile one of a class that has the same layout and takes assignments.
"""

import reprlib
from dataclasses import MISSING, Field, FrozenInstanceError, fields
from typing import TYPE_CHECKING, Any, Generic

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from dataclasses import dataclass as dataclass
else:
    import dataclasses

    def dataclass(*, frozen=False, slots=False, weakref_slot=False):
        """As of the standard library, for the parameters that are used here.

        Args:
            frozen: whether instances are immutable, and hashable.
            slots: whether they have no `__dict__`.
            weakref_slot: whether they can be referred to weakly although they have slots.
        """

        def decorate(cls):
            # A class without one would get a text of its signature, which takes long.
            cls.__doc__ = cls.__doc__ or cls.__name__
            cls = dataclasses.dataclass(
                init=False, repr=False, eq=False, slots=slots, weakref_slot=weakref_slot, match_args=True
            )(cls)
            _add_methods(cls, frozen, slots)
            return cls

        return decorate


# Fields from which on it pays to change the class of a new object, and back.
_MIN_OPENED = 3
_change_class = vars(object)["__class__"].__set__


def _add_methods(cls: type[Any], frozen: bool, slots: bool) -> None:
    methods: dict[str, Any] = {
        "__init__": _late(cls, "__init__", lambda: _init(cls, frozen)),
        "__eq__": _late(cls, "__eq__", lambda: _eq(cls)),
        "__repr__": _repr,
    }
    # A class that defines __eq__ alone has this from Python.
    if vars(cls).get("__hash__") is None:
        methods["__hash__"] = _late(cls, "__hash__", lambda: _hash(cls)) if frozen else None
    if frozen:
        methods |= _guards(cls)
        if slots:
            methods |= {"__getstate__": _getstate, "__setstate__": _setstate}
    for name, method in methods.items():
        if vars(cls).get(name) is None:
            setattr(cls, name, method)


def _late(cls: type[Any], name: str, make: "Callable[[], Callable[..., Any]]") -> "Callable[..., Any]":
    """A method that replaces itself by what is compiled when it is called."""

    def method(self: Any, *arguments: Any, **named: Any) -> Any:
        compiled = make()
        compiled.__qualname__ = f"{cls.__qualname__}.{name}"
        setattr(cls, name, compiled)
        return compiled(self, *arguments, **named)

    return method


def _init(cls: type[Any], frozen: bool) -> "Callable[..., Any]":
    names: dict[str, Any] = {"set_attribute": object.__setattr__, "MISSING": MISSING}
    parameters, stored = ["self"], dict[str, str]()
    for field in fields(cls):
        value = field.name if field.init else "MISSING"
        if field.default is not MISSING:
            names[f"default_{field.name}"] = field.default
        if field.default_factory is not MISSING:
            names[f"make_{field.name}"] = field.default_factory
            value = f"make_{field.name}() if {value} is MISSING else {value}"
        if field.init:
            parameters.append(field.name + _default_text(field))
        if field.init or field.default_factory is not MISSING:
            stored[field.name] = value
    lines = _storing(cls, frozen, stored, names)
    if hasattr(cls, "__post_init__"):
        lines.append("self.__post_init__()")
    return _compiled(cls, "__init__", ", ".join(parameters), lines or ["pass"], names)


def _storing(cls: type[Any], frozen: bool, stored: "Mapping[str, str]", names: dict[str, Any]) -> list[str]:
    # The lines that store values, and the names that they need.
    assignments = [f"self.{name} = {value}" for name, value in stored.items()]
    if not frozen:
        return assignments
    slowly = [f"set_attribute(self, {name!r}, {value})" for name, value in stored.items()]
    opened = _opened(cls) if len(stored) >= _MIN_OPENED else None
    if opened is None:
        return slowly
    names |= {"change_class": _change_class, "Opened": opened, "Class": cls}
    quickly = ["change_class(self, Opened)", *assignments, "self.__class__ = Class"]
    # A class below this one may have another layout.
    return ["if self.__class__ is Class:", *_indented(quickly), "else:", *_indented(slowly)]


def _indented(lines: list[str]) -> list[str]:
    return [f"    {line}" for line in lines]


def _opened(cls: type[Any]) -> type[Any] | None:
    """A class with the same layout that takes assignments, if there can be one."""
    # Classes of other kinds do more when one like them is defined.
    if "__slots__" not in vars(cls) or any(type(base) is not type or base is Generic for base in cls.__mro__):
        return None
    guards = {"__setattr__": object.__setattr__, "__delattr__": object.__delattr__}
    opened = type(cls.__name__, cls.__bases__, {"__slots__": vars(cls)["__slots__"], **guards})
    try:
        _change_class(object.__new__(cls), opened)
    except TypeError:
        # Python finds the layout too different: that of a class that can be referred to weakly.
        return None
    return opened


def _default_text(field: "Field[Any]") -> str:
    if field.default is not MISSING:
        return f"=default_{field.name}"
    return "" if field.default_factory is MISSING else "=MISSING"


def _eq(cls: type[Any]) -> "Callable[..., Any]":
    own, others = (_tuple_text(owner, [field for field in fields(cls) if field.compare]) for owner in ("self", "other"))
    lines = [f"return {own} == {others} if other.__class__ is self.__class__ else NotImplemented"]
    return _compiled(cls, "__eq__", "self, other", lines, {})


def _hash(cls: type[Any]) -> "Callable[..., Any]":
    hashed = [field for field in fields(cls) if (field.compare if field.hash is None else field.hash)]
    return _compiled(cls, "__hash__", "self", [f"return hash({_tuple_text('self', hashed)})"], {})


def _tuple_text(owner: str, of: "list[Field[Any]]") -> str:
    return f"({''.join(f'{owner}.{field.name}, ' for field in of)})"


def _compiled(
    cls: type[Any], name: str, parameters: str, lines: list[str], names: "Mapping[str, Any]"
) -> "Callable[..., Any]":
    namespace = {"__name__": cls.__module__, **names}
    exec("\n    ".join((f"def {name}({parameters}):", *lines)), namespace)
    function: Callable[..., Any] = namespace[name]
    return function


@reprlib.recursive_repr()
def _repr(self: Any) -> str:
    shown = (f"{field.name}={getattr(self, field.name)!r}" for field in fields(self) if field.repr)
    return f"{type(self).__qualname__}({', '.join(shown)})"


def _guards(cls: type[Any]) -> dict[str, Any]:
    names = frozenset(field.name for field in fields(cls))

    def set_attribute(self: Any, name: str, value: Any) -> None:
        if type(self) is cls or name in names:
            raise FrozenInstanceError(f"cannot assign to field {name!r}")
        super(cls, self).__setattr__(name, value)

    def delete_attribute(self: Any, name: str) -> None:
        if type(self) is cls or name in names:
            raise FrozenInstanceError(f"cannot delete field {name!r}")
        super(cls, self).__delattr__(name)

    return {"__setattr__": set_attribute, "__delattr__": delete_attribute}


def _getstate(self: Any) -> list[Any]:
    return [getattr(self, field.name) for field in fields(self)]


def _setstate(self: Any, state: list[Any]) -> None:
    for field, value in zip(fields(self), state, strict=True):
        object.__setattr__(self, field.name, value)
