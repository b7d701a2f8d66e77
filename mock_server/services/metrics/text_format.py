"""Prometheus' text exposition format, version 0.0.4."""

from collections.abc import Iterable, Iterator
from typing import Literal

from bodydouble.contracts.core.late_dataclass import dataclass

MEDIA_TYPE = "text/plain; version=0.0.4; charset=utf-8"
Labels = tuple[tuple[str, str], ...]
_ESCAPES = str.maketrans({"\\": r"\\", "\n": r"\n", '"': r"\""})


@dataclass(frozen=True, slots=True)
class Sample:
    """One number.

    Attributes:
        suffix: what the name of the family lacks (`_bucket`, `_sum`, `_count`).
    """

    value: float
    labels: Labels = ()
    suffix: str = ""


@dataclass(frozen=True, slots=True)
class Family:
    """All samples of one name.

    Attributes:
        help: what is counted or measured, in one line.
    """

    name: str
    help: str
    type: Literal["counter", "gauge", "histogram"]
    samples: tuple[Sample, ...]


def gauge(name: str, help_text: str, value: float) -> Family:
    """A family of one number that may fall."""
    return Family(name, help_text, "gauge", (Sample(value),))


def render(families: Iterable[Family]) -> str:
    """The text of some families; a family without samples is left out."""
    return "".join(line for family in families if family.samples for line in _lines(family))


def _lines(family: Family) -> Iterator[str]:
    yield f"# HELP {family.name} {family.help}\n"
    yield f"# TYPE {family.name} {family.type}\n"
    for sample in family.samples:
        labels = ",".join(f'{name}="{value.translate(_ESCAPES)}"' for name, value in sample.labels)
        yield f"{family.name}{sample.suffix}{f'{{{labels}}}' if labels else ''} {_number(sample.value)}\n"


def _number(value: float) -> str:
    # Whole numbers as such: the usual form of a float loses digits above 10^6.
    return str(int(value)) if value == int(value) else repr(value)
