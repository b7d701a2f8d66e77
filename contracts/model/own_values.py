"""The values of an account that requests must have: its project, its tenant."""

import functools
import re
from collections.abc import Mapping
from typing import Any

from bodydouble.contracts.core.names import plain_name
from bodydouble.contracts.model.contract import Contract
from bodydouble.contracts.model.parameters import decode_scalar


def own_values(contract: Contract, credentials: Mapping[str, str]) -> dict[str, list[Any]]:
    """The values that parameters for an account's own numbers must have, such as a project's or a tenant's.

    A credential belongs to the parameters of its name, whatever the style (`tenant_id`, `TenantId`, `X-Tenant-Id`).
    """
    texts = {plain_name(name): text for name, text in credentials.items()}
    return {
        parameter.name: [decode_scalar(texts[name], parameter.types)]
        for operation in contract.operations.values()
        for parameter in operation.parameters
        if (name := _plain_header(parameter.name)) in texts and parameter.sensitive != "secret"
    }


# A contract has the same few hundred names in thousands of parameters, which a page with lines of code looks through.
@functools.lru_cache(maxsize=4096)
def _plain_header(name: str) -> str:
    # The "X-" of headers is no part of what they are about.
    return plain_name(re.sub(r"\A[xX]-", "", name))
