"""Faults: their kinds, what each needs, and which call they strike, as pure functions of a seed."""

import math
from collections.abc import Mapping
from dataclasses import field
from enum import StrEnum
from typing import Any

from bodydouble.contracts.core.late_dataclass import dataclass
from bodydouble.mock_server.engine.identifiers import number

_STEPS = 2**53
# The longest that a request is delayed, in milliseconds: clients and proxies between give up before.
MAX_LATENCY = 60_000


class Target(StrEnum):
    """What a fault strikes."""

    RESPONSE = "response"
    FILE = "file"
    CALLBACK = "callback"
    # Decided when the callback is planned, not at its first look.
    PLANNED_CALLBACK = "plannedCallback"


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of fault.

    Attributes:
        target: what it strikes.
        required, optional: its parameters, in addition to `kind`.
    """

    target: Target
    required: frozenset[str] = frozenset()
    optional: frozenset[str] = frozenset()


def _kind(target: Target, required: str = "", optional: str = "") -> Kind:
    return Kind(target, frozenset(required.split()), frozenset(optional.split()))


KINDS: Mapping[str, Kind] = {
    "latency": _kind(
        Target.RESPONSE,
        "distribution",
        "milliseconds min_milliseconds max_milliseconds median_milliseconds sigma",
    ),
    "rateLimit": _kind(Target.RESPONSE, "per_second burst"),
    "gateway": _kind(Target.RESPONSE, "status", "processed"),
    "emptyReply": _kind(Target.RESPONSE, optional="processed"),
    "reset": _kind(Target.RESPONSE, "at", "processed bytes"),
    "malformedJson": _kind(Target.RESPONSE),
    "truncated": _kind(Target.RESPONSE, "length", "bytes"),
    "drip": _kind(Target.RESPONSE, "bytes_per_second"),
    "slowFile": _kind(Target.FILE, "bytes_per_second"),
    "cutOffFile": _kind(Target.FILE, optional="bytes"),
    "missingFile": _kind(Target.FILE),
    "forbiddenFile": _kind(Target.FILE, "seconds"),
    "early": _kind(Target.PLANNED_CALLBACK, "seconds"),
    "late": _kind(Target.CALLBACK, "seconds"),
    "reordered": _kind(Target.CALLBACK, "seconds"),
    "lost": _kind(Target.CALLBACK),
    "unknownField": _kind(Target.CALLBACK),
    "staleTimestamp": _kind(Target.CALLBACK, "seconds"),
    "wrongSignature": _kind(Target.CALLBACK),
    "changedBody": _kind(Target.CALLBACK),
    "doubled": _kind(Target.CALLBACK, "copies"),
}
# What each distribution of a latency needs.
DISTRIBUTIONS: Mapping[str, frozenset[str]] = {
    "fixed": frozenset({"milliseconds"}),
    "uniform": frozenset({"min_milliseconds", "max_milliseconds"}),
    "lognormal": frozenset({"median_milliseconds", "sigma"}),
}


def problem(fault: Mapping[str, Any]) -> str | None:
    """What is wrong with a fault whose values are in their ranges, with the place; None if nothing is."""
    kind = KINDS[fault["kind"]]
    names = fault.keys() - {"kind"}
    required = kind.required
    if "distribution" in fault:
        required = required | DISTRIBUTIONS[fault["distribution"]]
    missing = sorted(required - names)
    if missing:
        return f"/{missing[0]}: {fault['kind']} needs it"
    allowed = required if "distribution" in fault else required | kind.optional
    foreign = sorted(names - allowed)
    if foreign:
        return f"/{foreign[0]}: {fault['kind']} has no such parameter here"
    if fault.get("min_milliseconds", 0) > fault.get("max_milliseconds", MAX_LATENCY):
        return "/min_milliseconds: more than max_milliseconds"
    return None


@dataclass(frozen=True, slots=True)
class StruckFault:
    """A fault that strikes one call.

    Attributes:
        scenario: id of the scenario that plants it.
        parameters: of its kind.
        chance: a number from 0 up to 1 that belongs to this call: what is left to chance follows from it.
    """

    scenario: int
    kind: str
    parameters: Mapping[str, Any] = field(default_factory=dict)
    chance: float = 0.0

    def latency(self) -> float:
        """Seconds that a `latency` delays its call."""
        parameters = self.parameters
        match parameters["distribution"]:
            case "fixed":
                milliseconds = parameters["milliseconds"]
            case "uniform":
                low, high = parameters["min_milliseconds"], parameters["max_milliseconds"]
                milliseconds = low + (high - low) * self.chance
            case _:
                # Imported here: it takes time, and few servers have such a fault.
                from statistics import NormalDist

                deviation = NormalDist().inv_cdf(min(max(self.chance, 1e-9), 1 - 1e-9))
                milliseconds = parameters["median_milliseconds"] * math.exp(parameters["sigma"] * deviation)
        return float(min(milliseconds, MAX_LATENCY)) / 1000

    def described(self) -> dict[str, Any]:
        """As the journal and the attempts show it."""
        return {"scenario": self.scenario, "kind": self.kind}


def chance(*parts: str | int) -> float:
    """A number from 0 up to 1, the same for the same parts."""
    return number(_STEPS, *parts) / _STEPS


@dataclass(frozen=True, slots=True)
class Bucket:
    """A token bucket.

    Attributes:
        level: tokens in it.
        at: epoch milliseconds of the account's clock, when it had them.
    """

    level: float
    at: int

    def take(self, now: int, per_second: float, burst: int) -> tuple["Bucket", int | None]:
        """Take a token at a time.

        Returns:
            The bucket afterwards; and None, or, where it is empty, the milliseconds until it has a token.
        """
        level = min(float(burst), self.level + max(0, now - self.at) / 1000 * per_second)
        if level >= 1:
            return Bucket(level - 1, now), None
        return Bucket(level, now), math.ceil((1 - level) / per_second * 1000)
