"""Lines of code that call an operation with its example, in every form that there is for its vendor."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from bodydouble.contracts.core.tls import SYSTEM_TRUST, Trust
from bodydouble.contracts.model.contract import Contract, Operation
from bodydouble.contracts.signing.bash_lines import bash_lines
from bodydouble.contracts.signing.example_request import example_request, placeholder_credentials
from bodydouble.contracts.signing.python_lines import PythonLines
from bodydouble.contracts.signing.sdk_lines import sdk_lines

# Where no server is known: the one that `bodydouble serve` starts.
DEFAULT_BASE_URL = "http://127.0.0.1:8080"


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls operations in lines of code.

    Attributes:
        base_url: scheme, host, port and path prefix of the server.
        credentials: by name.
        account: whose credentials they are; None if they only say what to put there.
        settings: of the account at the vendor, such as the key of its callbacks.
        trust: which certificates of the server are trusted.
    """

    base_url: str
    credentials: Mapping[str, str]
    account: str | None = None
    settings: Mapping[str, Any] = field(default_factory=dict)
    trust: Trust = SYSTEM_TRUST

    @classmethod
    def unknown(cls, contract: Contract, base_url: str = DEFAULT_BASE_URL, trust: Trust = SYSTEM_TRUST) -> "Caller":
        """A caller whose credentials say what to put there."""
        return cls(base_url, placeholder_credentials(contract), trust=trust)


@dataclass(frozen=True, slots=True)
class Snippet:
    """Lines of code in one form.

    Attributes:
        form: a short name.
        label: says what it is, and what it needs.
    """

    form: str
    label: str
    code: str


def snippets(contract: Contract, caller: Caller, operation: Operation) -> Iterator[Snippet]:
    """The lines for an operation."""
    base_url, credentials = caller.base_url, caller.credentials
    request = example_request(contract, operation, credentials).wire(urlsplit(base_url).netloc)
    bash = bash_lines(contract, base_url, credentials, operation, request, caller.trust)
    yield Snippet("curl", "bash with curl and openssl", bash)
    python = PythonLines(contract, base_url, credentials, caller.trust).code(operation)
    yield Snippet("python", "Python with requests", python)
    code = sdk_lines(contract, base_url, credentials, operation)
    if code is not None:
        yield Snippet("sdk", "The vendor's Python SDK", code)
