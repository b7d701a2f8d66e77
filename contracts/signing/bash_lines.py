"""Lines of bash that send a request, signed when they run, with an account's credentials at their beginning."""

from collections.abc import Mapping
from urllib.parse import urlsplit

from bodydouble.contracts.core import shell
from bodydouble.contracts.core.tls import SYSTEM_TRUST, Trust
from bodydouble.contracts.core.wire import WireRequest
from bodydouble.contracts.model.contract import Contract, Operation
from bodydouble.contracts.redaction.fields import FieldRedactor
from bodydouble.contracts.redaction.known_values import KnownSecrets
from bodydouble.contracts.signing.prepared_request import prepared
from bodydouble.contracts.signing.reproduction import Reproduction


def bash_lines(
    contract: Contract,
    base_url: str,
    credentials: Mapping[str, str],
    operation: Operation,
    request: WireRequest,
    trust: Trust = SYSTEM_TRUST,
) -> str:
    """The lines.

    Args:
        base_url: scheme, host, port and path prefix; signatures cover the prefix.
        credentials: of an account, by name; they are assigned to variables of their names.
        request: may carry credentials of another time; they are replaced.
        trust: which certificates of the server are trusted.
    """
    secrets = KnownSecrets(credentials, FieldRedactor(()))
    address = urlsplit(base_url)
    reproduction = Reproduction(
        contract,
        f"{address.scheme}://{address.netloc}",
        credentials,
        secrets,
        joint=" \\\n  ",
        trust=trust,
        signed_prefix=address.path.rstrip("/"),
    )
    steps = reproduction.steps(operation, prepared(contract, credentials, operation, request))
    used = {name: value for name, value in credentials.items() if f"${{{shell.variable(name)}:?}}" in "\n".join(steps)}
    return "\n".join([*(shell.assignment(name, value) for name, value in used.items()), *steps])
