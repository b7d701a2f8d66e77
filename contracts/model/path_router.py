"""Which of the operations of one path a request is for: by method, and where several share a method, by parameter."""

import functools
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Generic, Protocol, TypeVar
from urllib.parse import parse_qsl

from bodydouble.contracts.core.late_dataclass import dataclass
from bodydouble.contracts.core.wire import FORM, WireRequest, joined, media_type
from bodydouble.contracts.model.parameters import Parameter
from bodydouble.contracts.model.unreadable_body import unreadable_body
from bodydouble.contracts.model.violation import Violation

_HEADER = "header"


@dataclass(frozen=True, slots=True)
class _Constant:
    """A value that requests may have in any of some places; the first place that has one counts."""

    places: tuple[tuple[str, str], ...]

    def value_in(self, request: WireRequest, query: Callable[[], Mapping[str, str]]) -> str | None:
        for location, name in self.places:
            text = request.headers.get(name.lower()) if location == _HEADER else query().get(name)
            if text is not None:
                return text
        return None


class Routable(Protocol):
    """What the router reads of an operation."""

    @property
    def routing(self) -> str:
        """What distinguishes it from the others of its path (`Action=StartInstance`), or the empty string."""

    @property
    def methods(self) -> tuple[str, ...]:
        """All methods that it may be called with."""

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """Its parameters."""


Operation = TypeVar("Operation", bound=Routable)


class PathRouter(Generic[Operation]):
    """Distinguishes the operations of one path.

    Where the keys of the paths carry a fragment (`/#Action=StartInstance`), the parameters with that constant value say
    which operation is called; parameters that all of them have with one constant value (a version) must not say
    otherwise. A header counts before a parameter.

    Args:
        operations: of one path.
    """

    def __init__(self, operations: Iterable[Operation]) -> None:
        self._by_name: dict[str, dict[str, Operation]] = {}
        self._selector: _Constant | None = None
        self._fixed: dict[str, _Constant] = {}
        for operation in operations:
            name = operation.routing.partition("=")[2]
            by_method = self._by_name.setdefault(name, {})
            by_method.update(dict.fromkeys(operation.methods, operation))
            if name and self._selector is None:
                constants = _constants(operation.parameters)
                self._selector = constants.pop(name)
                self._fixed = constants

    @property
    def methods(self) -> frozenset[str]:
        """All methods of the path."""
        return frozenset(method for by_method in self._by_name.values() for method in by_method)

    def find(self, request: WireRequest) -> tuple[Operation | None, tuple[str, ...]]:
        """The operation that a request is for, or None and the methods that would have been allowed."""
        by_method = self._by_name.get(self.called(request), {})
        operation = by_method.get("GET" if request.method == "HEAD" else request.method)
        return operation, () if operation is not None else tuple(sorted(by_method))

    def called(self, request: WireRequest) -> str:
        """The name by which a request calls an operation of the path; empty if there is no need of one, or none."""
        if self._selector is None:
            return ""
        # Only read where no header says it.
        query = functools.cache(lambda: dict(request.parameters))
        for value, constant in self._fixed.items():
            if constant.value_in(request, query) not in (None, value):
                return ""
        return self._selector.value_in(request, query) or ""

    def names(self, request: WireRequest) -> bool:
        """Whether a request calls an operation of this path by its name, whatever its own path is."""
        return self._selector is not None and self.called(request) in self._by_name


def _constants(parameters: Iterable[Parameter]) -> dict[str, _Constant]:
    places: dict[str, list[tuple[str, str]]] = {}
    for parameter in parameters:
        value = parameter.constant
        if isinstance(value, str):
            places.setdefault(value, []).append((parameter.location, parameter.name))
    return {
        value: _Constant(tuple(sorted(of_value, key=lambda place: place[0] != _HEADER)))
        for value, of_value in places.items()
    }


def form_as_query(request: WireRequest) -> tuple[WireRequest, Violation | None, str | None]:
    """A request with the parameters of its form body in the query.

    Returns:
        The request; the violation by the body, and the general condition of that violation, or None.
    """
    if not request.body:
        return request, None, None
    declared = media_type(request.headers)
    if declared != FORM:
        return request, Violation("body", "", "media-type", declared, FORM), "unsupported-media-type"
    try:
        parse_qsl(request.body.decode("ascii"), keep_blank_values=True, strict_parsing=True, errors="strict")
    except ValueError:
        got = request.body[:200].decode("utf-8", "backslashreplace")
        violation = Violation("body", "", "form", got, "a form in UTF-8")
        return request, unreadable_body(request, violation), "malformed-body"
    return with_form_as_query(request), None, None


def with_form_as_query(request: WireRequest) -> WireRequest:
    """The same of a request as it is, without any check; unchanged if its body is no form."""
    if media_type(request.headers) != FORM or not request.body:
        return request
    return replace(request, query=joined(request.query, request.body.decode("latin-1")), body=b"")
