"""The result of a run of the harness, as text."""

from collections import defaultdict
from collections.abc import Callable, Iterable

from tests.mutants.harness import Outcome

BAR = 0.97


def line(outcome: Outcome) -> str:
    """One mutant."""
    checks = "; ".join(outcome.checks[:4]) + ("; ..." if len(outcome.checks) > 4 else "")
    columns = (f"{outcome.vendor:<17}", f"{outcome.name:<26}", f"{outcome.kind:<26}", f"{verdict(outcome):<13}")
    return " ".join((*columns, f"{outcome.seconds:5.1f} s ", checks))


def verdict(outcome: Outcome) -> str:
    """What came of a mutant, in one or two words."""
    if outcome.benign:
        return "FALSE FINDING" if outcome.checks else "ok" if not outcome.details else "FAILED"
    if outcome.detected:
        return "found"
    if outcome.details:
        return "FAILED"
    return "survived" if outcome.exercised else "not exercised"


def shares(outcomes: Iterable[Outcome], key: Callable[[Outcome], str]) -> dict[str, tuple[int, int]]:
    """How many faults of how many were found, by vendor or kind."""
    counts: dict[str, list[bool]] = defaultdict(list)
    for outcome in outcomes:
        if not outcome.benign:
            counts[key(outcome)].append(outcome.detected)
    return {name: (sum(detected), len(detected)) for name, detected in counts.items()}


def passed(outcomes: Iterable[Outcome]) -> bool:
    """Whether enough was found for every vendor, and nothing in benign changes."""
    outcomes = list(outcomes)
    by_vendor = shares(outcomes, lambda outcome: outcome.vendor)
    enough = all(detected >= BAR * total for detected, total in by_vendor.values())
    return enough and all(verdict(outcome) == "ok" for outcome in outcomes if outcome.benign)


def summary(outcomes: Iterable[Outcome]) -> str:
    """The shares, by vendor and by kind."""
    outcomes = list(outcomes)
    rows = []
    for title, key in (("kind", lambda o: str(o.kind)), ("vendor", lambda o: o.vendor)):
        rows.append(f"\n{title:<28} found")
        rows += [
            f"{name:<28} {detected:3} of {total:3}  {detected / total:4.0%}"
            for name, (detected, total) in shares(outcomes, key).items()
        ]
    benign = [outcome for outcome in outcomes if outcome.benign]
    wrong = [outcome for outcome in benign if verdict(outcome) != "ok"]
    rows.append(f"\nbenign changes: {len(benign)}, with findings: {len(wrong)}")
    return "\n".join(rows)
