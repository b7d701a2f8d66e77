"""Lines of bash that send a request, signed when they run, with an account's credentials at their beginning."""

from collections.abc import Mapping

from bodydouble.contracts.core import shell
from bodydouble.contracts.core.wire import WireRequest
from bodydouble.contracts.model.contract import Contract, Operation
from bodydouble.contracts.redaction.fields import FieldRedactor
from bodydouble.contracts.redaction.known_values import KnownSecrets
from bodydouble.contracts.signing.prepared_request import prepared
from bodydouble.contracts.signing.reproduction import Reproduction


def bash_lines(
    contract: Contract, base_url: str, credentials: Mapping[str, str], operation: Operation, request: WireRequest
) -> str:
    """The lines.

    Args:
        base_url: scheme, host and port.
        credentials: of an account, by name; they are assigned to variables of their names.
        request: may carry credentials of another time; they are replaced.
    """
    secrets = KnownSecrets(credentials, FieldRedactor(()))
    reproduction = Reproduction(contract, base_url, credentials, secrets, joint=" \\\n  ")
    steps = reproduction.steps(operation, prepared(contract, credentials, operation, request))
    used = {name: value for name, value in credentials.items() if f"${{{shell.variable(name)}:?}}" in "\n".join(steps)}
    return "\n".join([*(shell.assignment(name, value) for name, value in used.items()), *steps])
