"""What an account object does with scenarios, faults and profiles."""

from typing import Any

Json = dict[str, Any]


class ScenarioMethods:
    """Plants, lists and removes scenarios, through the control plane of an account."""

    def _control_json(self, method: str, path: str, json_body: Any = ..., **arguments: Any) -> Any:
        raise NotImplementedError

    def scenario(self, vendor: str, operation: str, **options: Any) -> Json:
        """Choose the outcome of the next calls of an operation.

        Args:
            options: `outcome` of the task or `error` of the response (one of both), and `reason`, `task_name`, `times`.
        """
        scenario = {"vendor": vendor, "operation": operation, **options}
        return self._control_json("POST", "/scenarios", scenario)  # type: ignore[no-any-return]

    def fault(
        self,
        kind: str,
        vendor: str = "*",
        operation: str = "*",
        *,
        task_name: str | None = None,
        pattern: str | None = None,
        probability: float = 1.0,
        seed: int | None = None,
        times: int | None = None,
        from_at: int | None = None,
        until_at: int | None = None,
        **parameters: Any,
    ) -> Json:
        """Plant a fault; returns its scenario.

        Args:
            kind: of the fault, as docs/faults.md lists them.
            vendor, operation: whose calls it strikes; `*` for all.
            task_name, pattern: only tasks of this name, and calls whose body or name has this regular expression.
            probability: how likely it strikes a call that fits, from 0 to 1.
            seed: of what is left to chance; the account's if None.
            times: how many calls it strikes; all if None.
            from_at, until_at: only in this period of the account's clock, epoch milliseconds.
            parameters: of the kind.

        Raises:
            ControlError: there is no such fault; the message names the place.
        """
        choice = {
            "task_name": task_name,
            "pattern": pattern,
            "probability": probability,
            "seed": seed,
            "times": times,
            "from": from_at,
            "until": until_at,
        }
        chosen = {name: value for name, value in choice.items() if value is not None}
        return self.scenario(vendor, operation, fault={"kind": kind, **parameters}, **chosen)

    def profile(self, name: str, seed: int | None = None) -> list[Json]:
        """Plant the scenarios of a profile, in the place of another one's; returns them.

        Args:
            seed: of what is left to chance; the account's if None.

        Raises:
            ControlError: there is no such profile; the message names those that there are.
        """
        content = {"profile": name} if seed is None else {"profile": name, "seed": seed}
        return self._control_json("PUT", "/profile", content)["scenarios"]  # type: ignore[no-any-return]

    def clear_profile(self) -> None:
        """Remove the scenarios of every profile."""
        self._control_json("DELETE", "/profile")

    def scenarios(self) -> list[Json]:
        """The scenarios and faults, each with how many calls fitted it (`seen`) and how many it chose (`struck`)."""
        return self._control_json("GET", "/scenarios")["scenarios"]  # type: ignore[no-any-return]

    def clear_scenarios(self) -> None:
        """Remove all scenarios and faults."""
        self._control_json("DELETE", "/scenarios")
