"""Properties that are computed once, when they are first asked for."""

from collections.abc import Callable
from typing import Any, Generic, TypeVar, overload

Value = TypeVar("Value")


class lazy_property(Generic[Value]):
    """As `functools.cached_property` is from Python 3.12 on: without a lock, which costs more than what is computed.

    Threads that ask at the same time may compute a value twice. For classes whose instances have a `__dict__`.

    Args:
        compute: from the instance to the value.
    """

    def __init__(self, compute: Callable[[Any], Value]) -> None:
        self._compute = compute
        self._name = compute.__name__
        self.__doc__ = compute.__doc__

    @overload
    def __get__(self, instance: None, owner: type[Any]) -> "lazy_property[Value]": ...

    @overload
    def __get__(self, instance: object, owner: type[Any]) -> Value: ...

    def __get__(self, instance: object | None, owner: type[Any]) -> "lazy_property[Value] | Value":
        """The value; from then on it stands in the instance itself."""
        if instance is None:
            return self
        value = self._compute(instance)
        instance.__dict__[self._name] = value
        return value
