"""Classes whose methods are compiled later behave like those of the standard library."""

import copy
import dataclasses
import pickle
import weakref
from collections.abc import Callable
from dataclasses import FrozenInstanceError, field
from typing import Any

import pytest

from bodydouble.contracts.core import late_dataclass

Decorator = Callable[..., Any]


def _classes(decorator: Decorator) -> tuple[type[Any], ...]:
    @decorator(frozen=True, slots=True)
    class Point:
        """A place."""

        x: int
        y: int = 2
        names: list[str] = field(default_factory=list, hash=False)
        note: str = field(default="", compare=False, repr=False)

    @decorator(frozen=True)
    class Derived:
        length: int
        doubled: int = field(init=False)
        marks: dict[str, int] = field(init=False, default_factory=dict, hash=False)

        def __post_init__(self) -> None:
            object.__setattr__(self, "doubled", 2 * self.length)

    @decorator(frozen=True, slots=True)
    class Place(Point):
        z: int = 0
        marks: dict[str, int] = field(init=False, default_factory=dict, hash=False)

    class Corner(Place):
        """Without fields of its own, and with a dictionary."""

    @decorator(slots=True)
    class Counter:
        number: int = 0
        seen: set[int] = field(default_factory=set)

    @decorator(frozen=True, slots=True)
    class Empty:
        pass

    @decorator(frozen=True)
    class Named(Derived):
        name: str

        def __repr__(self) -> str:
            return self.name

        def __hash__(self) -> int:
            return 7

    return Point, Derived, Counter, Empty, Named, Place, Corner


PAIRS = list(zip(_classes(dataclasses.dataclass), _classes(late_dataclass.dataclass), strict=True))
POINT, _, COUNTER = _classes(late_dataclass.dataclass)[:3]
CALLS: list[tuple[int, tuple[Any, ...], dict[str, Any]]] = [
    (0, (1,), {}),
    (0, (1, 3), {"names": ["a"], "note": "hidden"}),
    (0, (1,), {"note": "other"}),
    (1, (4,), {}),
    (2, (), {}),
    (2, (5,), {"seen": {1}}),
    (3, (), {}),
    (4, (4, "Emma"), {}),
    (5, (1, 2), {"z": 3, "names": ["a"]}),
    (6, (1, 2), {"z": 3, "names": ["a"]}),
]


@dataclasses.dataclass(frozen=True, slots=True)
class OfLibrary:
    """To be pickled, a class needs a place."""

    x: int


@late_dataclass.dataclass(frozen=True, slots=True)
class Late:
    """The same."""

    x: int
    y: tuple[int, ...] = ()


@pytest.mark.parametrize(("number", "arguments", "named"), CALLS)
def test_instances_are_alike(number: int, arguments: tuple[Any, ...], named: dict[str, Any]) -> None:
    expected, actual = (cls(*arguments, **named) for cls in PAIRS[number])
    assert repr(actual) == repr(expected)
    assert dataclasses.asdict(actual) == dataclasses.asdict(expected)
    assert (actual == copy.deepcopy(actual)) is (expected == copy.deepcopy(expected)) is True
    assert actual != expected
    assert hasattr(actual, "__dict__") == hasattr(expected, "__dict__")


@pytest.mark.parametrize(("number", "arguments", "named"), [call for call in CALLS if call[0] != 2])
def test_hashes_are_alike(number: int, arguments: tuple[Any, ...], named: dict[str, Any]) -> None:
    expected, actual = (cls(*arguments, **named) for cls in PAIRS[number])
    assert hash(actual) == hash(expected)


def test_what_can_be_changed_has_no_hash() -> None:
    counter = COUNTER()
    counter.number += 1
    assert counter == COUNTER(1)
    with pytest.raises(TypeError, match="unhashable"):
        hash(counter)


def test_fields_left_out_of_comparisons_are_left_out() -> None:
    assert POINT(1, note="a") == POINT(1, note="b")
    assert POINT(1) != POINT(1, names=["a"])


@pytest.mark.parametrize(("of_library", "late"), PAIRS)
def test_classes_are_alike(of_library: type[Any], late: type[Any]) -> None:
    def described(cls: type[Any]) -> list[tuple[str, bool, bool]]:
        return [(item.name, item.init, item.compare) for item in dataclasses.fields(cls)]

    assert described(late) == described(of_library)
    assert late.__match_args__ == of_library.__match_args__
    assert getattr(late, "__slots__", None) == getattr(of_library, "__slots__", None)


@pytest.mark.parametrize("arguments", [(), (1, 2, [], "", 5)])
def test_wrong_arguments_are_rejected_in_the_same_words(arguments: tuple[Any, ...]) -> None:
    messages = []
    for cls in PAIRS[0]:
        with pytest.raises(TypeError) as caught:
            cls(*arguments)
        messages.append(str(caught.value))
    assert messages[0] == messages[1]


@pytest.mark.parametrize("number", [0, 5, 6])
def test_an_instance_has_its_own_class(number: int) -> None:
    for cls in PAIRS[number]:
        assert type(cls(1)) is cls


@pytest.mark.parametrize("cls", [*PAIRS[0], *PAIRS[5], *PAIRS[6]])
def test_a_frozen_instance_cannot_be_changed(cls: type[Any]) -> None:
    point = cls(1)
    with pytest.raises(FrozenInstanceError, match="cannot assign to field 'x'"):
        point.x = 2
    with pytest.raises(FrozenInstanceError, match="cannot delete field 'x'"):
        del point.x
    assert dataclasses.replace(point, x=2) == cls(2)


def test_copies_and_pickles_are_equal() -> None:
    for instance in (Late(1, (2,)), OfLibrary(1)):
        assert copy.copy(instance) == pickle.loads(pickle.dumps(instance)) == instance


def test_a_class_with_slots_can_be_referred_to_weakly() -> None:
    @late_dataclass.dataclass(frozen=True, slots=True, weakref_slot=True)
    class Referred:
        x: int
        y: int
        z: int

    referred = Referred(1, 2, 3)
    assert weakref.ref(referred)() is referred


def test_instances_that_contain_themselves_can_be_shown() -> None:
    point = POINT(1)
    point.names.append(point)
    assert "names=[...]" in repr(point)
