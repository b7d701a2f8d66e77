"""Which kinds of tasks are listed by state, so that their phases are counted."""

from bodydouble.contracts.model.contract import Contract


def listed_by_state(contract: Contract) -> frozenset[str]:
    """The kinds of tasks of which a list leaves states out, or filters by the field of the state."""
    kinds = set()
    for operation in contract.operations.values():
        laws = operation.laws
        lifecycle = contract.lifecycles.get(laws.resource) if laws is not None else None
        if laws is None or lifecycle is None or laws.role != "list":
            continue
        fields = {entry.field.rpartition("/")[2] for entry in laws.filters if entry.field is not None}
        if laws.unlisted or lifecycle.field in fields:
            kinds.add(lifecycle.name)
    return frozenset(kinds)
