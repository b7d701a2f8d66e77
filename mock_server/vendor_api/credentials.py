"""The credentials of accounts, which look like the vendors'."""

from collections.abc import Callable, Mapping
from dataclasses import replace

from bodydouble.contracts.core.late_dataclass import dataclass
from bodydouble.mock_server.engine import identifiers
from bodydouble.mock_server.store.accounts import DEFAULT_ACCOUNT

# Of a name of an account: whatever the field is that has it.
ANY_FIELD = ""


@dataclass(frozen=True, slots=True)
class Credentials:
    """One vendor's credentials of an account.

    Attributes:
        key: the part that a request names; unique among all accounts.
        content: all of them, under the names that the control plane shows.
        derived: names of those that follow from the account's id and seed and cannot be chosen.
    """

    key: str
    content: Mapping[str, str]
    derived: frozenset[str] = frozenset()

    def with_chosen(self, chosen: Mapping[str, str]) -> "Credentials":
        """The same, some of them chosen by the operator.

        Raises:
            LookupError: one of them cannot be chosen; the message names those that can.
        """
        free = [name for name in self.content if name not in self.derived]
        # What is the same is no choice.
        unknown = [name for name, value in chosen.items() if name not in free and self.content.get(name) != value]
        if unknown:
            raise LookupError(f"/{unknown[0]}: cannot be chosen; {', '.join(free)} can")
        key_name = next(name for name, value in self.content.items() if value == self.key)
        return replace(self, key=chosen.get(key_name, self.key), content={**self.content, **chosen})


def credential(account_id: str, seed: int, vendor: str, name: str, length: int = 32) -> str:
    """One value of an account's credentials.

    The default account's are readable and always the same, so that they can stand in documentation; all others are
    hexadecimal and follow from the seed, which is random unless the operator chose one.
    """
    if account_id == DEFAULT_ACCOUNT:
        return f"{vendor}-{name}-default"
    return identifiers.hexadecimal(length, seed, account_id, vendor, name)


def credential_table(
    vendor: str, *, derived: frozenset[str] = frozenset(), **lengths: int
) -> Callable[[str, int], Credentials]:
    """The function that makes a new account's credentials, from its id and seed.

    Args:
        derived: names of those that cannot be chosen.
        lengths: how long each is, by its name in the control plane; the first is the key.
    """

    def new_credentials(account_id: str, seed: int) -> Credentials:
        content = {
            name: credential(account_id, seed, vendor, name.replace("_", "-"), length)
            for name, length in lengths.items()
        }
        return Credentials(next(iter(content.values())), content, derived)

    return new_credentials
