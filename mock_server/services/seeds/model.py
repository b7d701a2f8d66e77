"""A seed as values: accounts, and what each of them holds."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from bodydouble.mock_server.clock import Clock, from_rfc3339
from bodydouble.mock_server.store.accounts import REAL_CLOCK

_MILLISECONDS = 1000
# Where clocks may stand: from 1970 to the year 3000.
_TIMES = range(32_503_680_000_001)


@dataclass(frozen=True, slots=True)
class SeedEntry:
    """A task, or an entry of the catalogue.

    Attributes:
        place: JSON pointer of it in the seed.
        kind: name of its lifecycle; None where the operation says it.
        operation: operationId of what makes it; None for the first that makes the kind.
        name: of the task; None for what the request says.
        state: in which it is now; None for what its plan and its age come to.
        outcome: of its plan; None for one that leads to the state.
        held: whether time stands still for it.
        age: for how many milliseconds the first of them has existed.
        count: how many there are.
        every: by how many milliseconds each is younger than the one before.
        request: fields of the request over those of the example.
        fields: of a task that no operation makes; None where an operation does.
    """

    place: str
    vendor: str
    kind: str | None = None
    operation: str | None = None
    name: str | None = None
    state: str | None = None
    outcome: str | None = None
    reason: str | None = None
    held: bool = False
    age: int = 0
    count: int = 1
    every: int = 0
    request: Mapping[str, Any] = field(default_factory=dict)
    fields: Mapping[str, Any] | None = None

    @property
    def ages(self) -> list[int]:
        """The age of each of them, in milliseconds."""
        return [self.age - number * self.every for number in range(self.count)]


@dataclass(frozen=True, slots=True)
class SeedQuota:
    """A quota: its total, and what of it has been used; None for what the tasks use."""

    total: int
    used: int | None = None


@dataclass(frozen=True, slots=True)
class SeedProfile:
    """A profile of faults, and the seed of its choices; None for the account's."""

    name: str
    seed: int | None = None


@dataclass(frozen=True, slots=True)
class SeedAccount:
    """An account and what it holds.

    Attributes:
        place: JSON pointer of it in the seed.
        credentials: by vendor, those that do not follow from id and seed.
        pace: the server's if None.
        scenarios: as addScenario takes them.
        snapshot: of an account, in place of all else but id, seed and credentials; None without one.
    """

    place: str
    id: str
    seed: int
    credentials: Mapping[str, Mapping[str, str]]
    clock: Clock
    pace: float | None
    settings: Mapping[str, Mapping[str, Any]]
    callback_clock: str
    quotas: Mapping[str, Mapping[str, SeedQuota]]
    catalogue: Sequence[SeedEntry]
    tasks: Sequence[SeedEntry]
    scenarios: Sequence[Mapping[str, Any]]
    profile: SeedProfile | None
    snapshot: Mapping[str, Any] | None = None

    @property
    def entries(self) -> list[SeedEntry]:
        """Those of the catalogue, and then the tasks."""
        return [*self.catalogue, *self.tasks]


def account(content: Mapping[str, Any], place: str) -> SeedAccount:
    """The account of a seed in the form of its schema.

    Raises:
        ValueError: a time is none.
    """
    profile = content.get("profile")
    return SeedAccount(
        place=place,
        id=content["id"],
        seed=int(content.get("seed", 0)),
        credentials=content.get("credentials", {}),
        clock=_clock(content.get("clock", {})),
        pace=content.get("pace"),
        settings=content.get("settings", {}),
        callback_clock=content.get("callback_clock", REAL_CLOCK),
        quotas={
            vendor: {name: _quota(value) for name, value in quotas.items()}
            for vendor, quotas in content.get("quotas", {}).items()
        },
        catalogue=_entries(content, place, "catalogue"),
        tasks=_entries(content, place, "tasks"),
        scenarios=content.get("scenarios", ()),
        profile=SeedProfile(profile) if isinstance(profile, str) else SeedProfile(**profile) if profile else None,
        snapshot=content.get("snapshot"),
    )


def _clock(content: Mapping[str, Any]) -> Clock:
    time = content.get("frozen_at")
    frozen_at = from_rfc3339(time) if isinstance(time, str) else None if time is None else int(time)
    if frozen_at is not None and frozen_at not in _TIMES:
        raise ValueError("must be between 1970 and the year 3000")
    return Clock(_ms(content.get("offset", 0)), frozen_at)


def _quota(content: Any) -> SeedQuota:
    if not isinstance(content, Mapping):
        return SeedQuota(int(content))
    used = content.get("used")
    return SeedQuota(int(content["total"]), None if used is None else int(used))


def _entries(content: Mapping[str, Any], place: str, section: str) -> tuple[SeedEntry, ...]:
    return tuple(_entry(entry, f"{place}/{section}/{index}") for index, entry in enumerate(content.get(section, ())))


def _entry(content: Mapping[str, Any], place: str) -> SeedEntry:
    times = {name: _ms(content.get(name, 0)) for name in ("age", "every")}
    return SeedEntry(place, **{**content, **times, "count": int(content.get("count", 1))})


def _ms(seconds: float) -> int:
    return round(seconds * _MILLISECONDS)
