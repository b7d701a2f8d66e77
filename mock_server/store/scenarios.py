"""Scenarios: the outcome of the next calls of an operation or of the tasks that they create, or faults that strike."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict
from typing import Any

import orjson
from sqlalchemy import ColumnElement, Connection, delete, func, insert, or_, select, update

from bodydouble.contracts.core.late_dataclass import dataclass
from bodydouble.mock_server.engine.fault_choice import matches
from bodydouble.mock_server.engine.faults import KINDS, Bucket, StruckFault, Target, chance
from bodydouble.mock_server.store.accounts import lock
from bodydouble.mock_server.store.tables import accounts, scenarios
from bodydouble.mock_server.store.transactions import mark_accounts_changed

# In a fault: every vendor, every operation or callback.
ANY = "*"
MAX_SCENARIOS = 1_000


@dataclass(frozen=True, slots=True)
class NewScenario:
    """What a scenario chooses, and from which calls.

    Attributes:
        vendor: name of the vendor; `*` for all, of a fault.
        operation: the operationId whose calls it is for; of a fault, `*` for all, or a callback's operationId.
        task_name: only for tasks of this name; None for all tasks.
        outcome: an outcome of the lifecycle, or `stuck`, or `slow`.
        reason: shown where the vendor shows a reason of failure.
        error: name of the error case of the response.
        fault: the kind of a fault with its parameters. One of outcome, error and fault is not None.
        pattern: only for calls whose body or whose task's name has it; None for all.
        probability: how likely it chooses a call, from 0 to 1.
        seed: of the choice: the same seed and the same calls give the same choices.
        from_at, until_at: only within this period of the account's clock, epoch milliseconds; the end is not in it.
        remaining: how many further calls it is for; None for all.
        profile: name of the profile that it belongs to.
    """

    vendor: str
    operation: str
    task_name: str | None = None
    outcome: str | None = None
    reason: str | None = None
    error: str | None = None
    fault: Mapping[str, Any] | None = None
    pattern: str | None = None
    probability: float = 1.0
    seed: int = 0
    from_at: int | None = None
    until_at: int | None = None
    remaining: int | None = None
    profile: str | None = None


@dataclass(frozen=True, slots=True)
class Scenario(NewScenario):
    """One scenario.

    Attributes:
        seen: how many calls fitted it, chance aside.
        struck: how many of them it chose.
    """

    id: int = 0
    seen: int = 0
    struck: int = 0


@dataclass(frozen=True, slots=True)
class Call:
    """What scenarios choose from: a call of an operation, the sending of a callback, or the reading of a file.

    Attributes:
        operation: the operationId of the call, or of the callback.
        now: epoch milliseconds on the account's clock.
        task_name: of the task that it creates or is about, if any.
        texts: where patterns are looked for, in addition to the name.
    """

    account_id: str
    vendor: str
    operation: str
    now: int
    task_name: str | None = None
    texts: tuple[str, ...] = ()


_COLUMNS = tuple(column for column in scenarios.c if column.name not in ("account_id", "target", "buckets"))


def add(connection: Connection, account_id: str, *added: NewScenario) -> list[Scenario]:
    """Record scenarios.

    Raises:
        OverflowError: the account would have more than `MAX_SCENARIOS`.
    """
    lock(connection, account_id)
    number = connection.execute(select(func.count()).where(scenarios.c.account_id == account_id)).scalar_one()
    if number + len(added) > MAX_SCENARIOS:
        raise OverflowError(f"an account can have {MAX_SCENARIOS} scenarios")
    recorded = []
    for scenario in added:
        values = asdict(scenario)
        if scenario.fault is not None:
            values |= {"fault": _text(scenario.fault), "target": KINDS[scenario.fault["kind"]].target}
        statement = insert(scenarios).values(account_id=account_id, **values).returning(scenarios.c.id)
        recorded.append(Scenario(**asdict(scenario), id=connection.execute(statement).scalar_one()))
    _count(connection, account_id)
    return recorded


def every(connection: Connection, account_id: str) -> list[Scenario]:
    """All scenarios of an account, oldest first."""
    statement = select(*_COLUMNS).where(scenarios.c.account_id == account_id).order_by(scenarios.c.id)
    return [_scenario(row) for row in connection.execute(statement)]


def clear(connection: Connection, account_id: str, *, only_profiles: bool = False) -> None:
    """Forget all scenarios of an account, or those only that belong to a profile."""
    statement = delete(scenarios).where(scenarios.c.account_id == account_id)
    if only_profiles:
        statement = statement.where(scenarios.c.profile.is_not(None))
    connection.execute(statement)
    _count(connection, account_id)


def remove(connection: Connection, account_id: str, scenario_id: int) -> bool:
    """Forget one scenario; whether there was one of that id."""
    statement = delete(scenarios).where(scenarios.c.account_id == account_id, scenarios.c.id == scenario_id)
    was_there = bool(connection.execute(statement).rowcount)
    _count(connection, account_id)
    return was_there


def consume(connection: Connection, call: Call) -> Scenario | None:
    """Use the oldest scenario that chooses the outcome of a call's task."""
    return _first(connection, call, _fitting(connection, call, scenarios.c.outcome.is_not(None)))


def _first(connection: Connection, call: Call, fitting: Iterable[Scenario]) -> Scenario | None:
    return next((scenario for scenario in fitting if _chooses(connection, call, scenario)), None)


def _any(_: Mapping[str, Any]) -> bool:
    return True


def strike(
    connection: Connection, call: Call, target: Target, fits: Callable[[Mapping[str, Any]], bool] = _any
) -> list[StruckFault]:
    """The faults that strike a call, oldest first; each is used.

    Args:
        fits: whether a fault can strike the call at all.
    """
    return _struck(connection, call, _fitting(connection, call, scenarios.c.target == target), fits)


def _struck(
    connection: Connection, call: Call, fitting: Iterable[Scenario], fits: Callable[[Mapping[str, Any]], bool] = _any
) -> list[StruckFault]:
    return [
        StruckFault(scenario.id, scenario.fault["kind"], scenario.fault, chance(*_draw(scenario), "amount"))
        for scenario in fitting
        if scenario.fault is not None and fits(scenario.fault) and _chooses(connection, call, scenario)
    ]


class ResponseScenarios:
    """The scenarios that say what becomes of a call's response, whatever its task: faults and error cases, read once.

    Args:
        connection: of a transaction.
    """

    def __init__(self, connection: Connection, call: Call) -> None:
        self._connection, self._call = connection, call
        is_about_response = or_(scenarios.c.target == Target.RESPONSE, scenarios.c.error.is_not(None))
        self._fitting = _fitting(connection, call, is_about_response)

    def strike(self) -> list[StruckFault]:
        """The faults that strike the call, oldest first; each is used."""
        return _struck(self._connection, self._call, self._fitting)

    def consume_error(self) -> Scenario | None:
        """Use the oldest scenario that chooses an error case for the call."""
        errors = (scenario for scenario in self._fitting if scenario.error is not None)
        return _first(self._connection, self._call, errors)


def take_token(connection: Connection, fault: StruckFault, call: Call) -> int | None:
    """Take a token from the bucket of a rate limit, which each operation has for itself.

    Returns:
        None, or, if the bucket is empty, the milliseconds until it has one.
    """
    place = scenarios.c.id == fault.scenario
    buckets = orjson.loads(connection.execute(select(scenarios.c.buckets).where(place)).scalar_one())
    per_second, burst = fault.parameters["per_second"], fault.parameters["burst"]
    key = f"{call.vendor} {call.operation}"
    bucket = Bucket(*buckets[key]) if key in buckets else Bucket(float(burst), call.now)
    bucket, wait = bucket.take(call.now, per_second, burst)
    buckets[key] = [bucket.level, bucket.at]
    # It strikes only when it refuses.
    struck = scenarios.c.struck - int(wait is None)
    connection.execute(update(scenarios).where(place).values(buckets=_text(buckets), struck=struck))
    return wait


def _fitting(connection: Connection, call: Call, effect: ColumnElement[bool]) -> Iterable[Scenario]:
    # In the order of all other writers: first the account, then what belongs to it.
    lock(connection, call.account_id)
    statement = (
        select(*_COLUMNS)
        .where(
            scenarios.c.account_id == call.account_id,
            scenarios.c.vendor.in_((call.vendor, ANY)),
            scenarios.c.operation.in_((call.operation, ANY)),
            or_(scenarios.c.task_name.is_(None), scenarios.c.task_name == call.task_name),
            or_(scenarios.c.remaining.is_(None), scenarios.c.remaining > 0),
            or_(scenarios.c.from_at.is_(None), scenarios.c.from_at <= call.now),
            or_(scenarios.c.until_at.is_(None), scenarios.c.until_at > call.now),
            effect,
        )
        .order_by(scenarios.c.id)
    )
    texts = (*filter(None, [call.task_name]), *call.texts)
    return [s for s in map(_scenario, connection.execute(statement)) if matches(s.pattern, texts)]


def _chooses(connection: Connection, call: Call, scenario: Scenario) -> bool:
    chosen = scenario.probability >= 1 or chance(*_draw(scenario), "choice") < scenario.probability
    left = None if scenario.remaining is None else scenario.remaining - chosen
    if left == 0 and scenario.fault is None:
        remove(connection, call.account_id, scenario.id)
        return True
    # How often a fault struck is shown until it is removed.
    changed = {"seen": scenario.seen + 1, "struck": scenario.struck + chosen, "remaining": left}
    connection.execute(update(scenarios).where(scenarios.c.id == scenario.id).values(**changed))
    if left == 0:
        _count(connection, call.account_id)
    return chosen


def _draw(scenario: Scenario) -> tuple[str | int, ...]:
    # Not by the id: it is another one whenever the scenario is added again.
    what = _text(scenario.fault) if scenario.fault is not None else scenario.error or scenario.outcome or ""
    return (scenario.seed, scenario.vendor, scenario.operation, what, scenario.seen)


def _scenario(row: Any) -> Scenario:
    values = row._asdict()
    fault = values["fault"]
    return Scenario(**{**values, "fault": None if fault is None else orjson.loads(fault)})


def _text(value: Mapping[str, Any]) -> str:
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode()


def _count(connection: Connection, account_id: str) -> None:
    mark_accounts_changed(connection)
    waiting = or_(scenarios.c.remaining.is_(None), scenarios.c.remaining > 0)
    count = select(func.count()).where(scenarios.c.account_id == account_id, waiting).scalar_subquery()
    connection.execute(update(accounts).where(accounts.c.id == account_id).values(scenario_count=count))
