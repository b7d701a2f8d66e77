"""Profiles: the scenarios of a bad day, planted together in an account."""

from sqlalchemy import Connection

from bodydouble.mock_server.engine.profiles import PROFILES
from bodydouble.mock_server.store import scenarios
from bodydouble.mock_server.store.accounts import Account
from bodydouble.mock_server.store.scenarios import NewScenario, Scenario

# Seeds up to here are what every JSON parser reads as it is written.
_SEEDS = 2**53


class UnknownProfileError(LookupError):
    """There is no such profile; the message names those that there are."""


def seed_of(account: Account) -> int:
    """The seed of an account's scenarios that say none."""
    return account.seed % _SEEDS


def plant_profile(connection: Connection, account: Account, name: str, seed: int | None = None) -> list[Scenario]:
    """Plant the scenarios of a profile in the place of those of another one.

    Args:
        name: of the profile.
        seed: of its choices; the account's if None.

    Raises:
        UnknownProfileError: there is no such profile.
        OverflowError: the account would have too many scenarios.
    """
    profile = PROFILES.get(name)
    if profile is None:
        raise UnknownProfileError(f"{name}; there are {', '.join(PROFILES)}")
    chosen_seed = seed_of(account) if seed is None else seed
    scenarios.clear(connection, account.id, only_profiles=True)
    planted = [NewScenario(**scenario, seed=chosen_seed, profile=name) for scenario in profile["scenarios"]]
    return scenarios.add(connection, account.id, *planted)
