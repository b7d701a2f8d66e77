"""What a scenario may do to which calls: what its form offers, as the contracts and the kinds of faults say."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from bodydouble.contracts.model.contract import Contract, Operation
from bodydouble.mock_server.engine.faults import DISTRIBUTIONS, KINDS, Target

ANY = "*"
# Outcomes that every operation that creates tasks may have, in addition to those of its lifecycle.
_OTHER_OUTCOMES = ("slow", "stuck")
_OF_CALLBACKS = (Target.CALLBACK, Target.PLANNED_CALLBACK)


@dataclass(frozen=True, slots=True)
class Effect:
    """One thing that a scenario may do.

    Attributes:
        value: as the form sends it: `outcome/failed`, `error/unauthorized`, `fault/latency/uniform`.
        label: as a person reads it.
        required, optional: the parameters of a fault, by their names in the control plane's specification.
    """

    value: str
    label: str
    required: tuple[str, ...] = ()
    optional: tuple[str, ...] = ()

    @property
    def group(self) -> str:
        """`outcome`, `error` or `fault`."""
        return self.value.partition("/")[0]


def subjects(contract: Contract | None) -> list[tuple[str, list[tuple[str, str]]]]:
    """What may be struck, in groups: names as scenarios have them, and what they mean.

    Args:
        contract: of the vendor; None for all vendors.
    """
    groups = [("Everything", [(ANY, "all operations, callbacks or files")])]
    if contract is not None:
        groups += [
            ("Operations", [(operation.id, operation.summary) for operation in contract.operations.values()]),
            ("Callbacks", [(callback.id, callback.summary) for callback in contract.callbacks.values()]),
        ]
    return groups


def effects(contract: Contract | None, subject: str) -> list[Effect]:
    """What may happen to a subject."""
    if contract is not None and subject in contract.operations:
        operation = contract.operations[subject]
        return [*_outcomes(operation), *_errors(contract, operation), *_faults((Target.RESPONSE,))]
    if contract is not None and subject in contract.callbacks:
        return list(_faults(_OF_CALLBACKS))
    return list(_faults((Target.RESPONSE, Target.FILE, *_OF_CALLBACKS)))


def _outcomes(operation: Operation) -> Iterator[Effect]:
    if operation.role is None or operation.role.role != "create":
        return
    lifecycle = operation.role.lifecycle
    for outcome in (*sorted(lifecycle.outcomes), *(_OTHER_OUTCOMES if lifecycle.works else ())):
        yield Effect(f"outcome/{outcome}", f"the task comes to: {outcome}")


def _errors(contract: Contract, operation: Operation) -> Iterator[Effect]:
    names = {case.name for case in (*operation.errors, *contract.conditions.values())}
    for name in sorted(names):
        yield Effect(f"error/{name}", f"error {contract.errors[name].code}: {name}")


def _faults(targets: tuple[Target, ...]) -> Iterator[Effect]:
    for name, kind in KINDS.items():
        if kind.target not in targets:
            continue
        if "distribution" in kind.required:
            for distribution, parameters in DISTRIBUTIONS.items():
                yield Effect(f"fault/{name}/{distribution}", f"{name}, {distribution}", tuple(sorted(parameters)))
        else:
            yield Effect(f"fault/{name}", name, tuple(sorted(kind.required)), tuple(sorted(kind.optional)))


def content_of(effect: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
    """What the control plane takes for an effect and the parameters of its fault."""
    group, _, rest = effect.partition("/")
    if group != "fault":
        return {group: rest}
    kind, _, distribution = rest.partition("/")
    return {"fault": {"kind": kind, **({"distribution": distribution} if distribution else {}), **parameters}}
