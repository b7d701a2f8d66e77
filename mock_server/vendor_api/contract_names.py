"""The names of a contract that a vendor's code uses: recorded when the code is loaded, and checked at boot."""

from collections.abc import Collection

from bodydouble.contracts.model.contract import Contract


class ContractNames:
    """Names of kinds, states, outcomes, operations, security schemes and quotas that a vendor package uses."""

    def __init__(self) -> None:
        self._kinds: list[str] = []
        self._states: list[tuple[str, str]] = []
        self._outcomes: list[tuple[str, str]] = []
        self._operations: list[str] = []
        self._callbacks: list[str] = []
        self._security_schemes: list[str] = []
        self._quotas: list[str] = []

    def kind(self, name: str) -> str:
        """The name of a kind of tasks: of a lifecycle of the contract."""
        self._kinds.append(name)
        return name

    def kinds(self, *names: str) -> tuple[str, ...]:
        """The names of some kinds of tasks."""
        return tuple(self.kind(name) for name in names)

    def state(self, kind: str, name: str) -> str:
        """The name of a state, for the code to compare with."""
        self._states.append((kind, name))
        return name

    def states(self, kind: str, *names: str) -> tuple[str, ...]:
        """The names of some states of one lifecycle."""
        return tuple(self.state(kind, name) for name in names)

    def outcome(self, kind: str, name: str) -> str:
        """The name of an outcome of a lifecycle."""
        self._outcomes.append((kind, name))
        return name

    def operation(self, operation: str) -> str:
        """The operationId of an operation that the code treats in its own way."""
        self._operations.append(operation)
        return operation

    def security_scheme(self, name: str) -> str:
        """The name of a security scheme whose declaration the code reads."""
        self._security_schemes.append(name)
        return name

    def callback(self, callback: str) -> str:
        """The operationId of a callback."""
        self._callbacks.append(callback)
        return callback

    def quota(self, name: str) -> str:
        """The name of a quota of the vendor, for the code to spend."""
        self._quotas.append(name)
        return name

    def unknown(self, contract: Contract, quotas: Collection[str]) -> list[str]:
        """The names that the contract does not have, as text.

        Args:
            contract: of the vendor.
            quotas: the names of the vendor's quotas, which its package has, not its contract.
        """
        lifecycles = contract.lifecycles
        return [
            *(f"kind of tasks {name}" for name in self._kinds if name not in lifecycles),
            *(
                f"state {kind}.{name}"
                for kind, name in self._states
                if kind not in lifecycles or name not in lifecycles[kind].states
            ),
            *(
                f"outcome {kind}.{name}"
                for kind, name in self._outcomes
                if kind not in lifecycles or name not in lifecycles[kind].outcomes
            ),
            *(f"operation {name}" for name in self._operations if name not in contract.operations),
            *(f"callback {name}" for name in self._callbacks if name not in contract.callbacks),
            *(f"security scheme {name}" for name in self._security_schemes if name not in contract.security_schemes),
            *(f"quota {name}" for name in self._quotas if name not in quotas),
        ]
