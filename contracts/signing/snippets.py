"""Lines of code that call an operation with its example, in every form that there is for its vendor."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

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
        base_url: scheme, host and port of the server.
        credentials: by name.
        account: whose credentials they are; None if they only say what to put there.
        settings: of the account at the vendor, such as the key of its callbacks.
    """

    base_url: str
    credentials: Mapping[str, str]
    account: str | None = None
    settings: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def unknown(cls, contract: Contract, base_url: str = DEFAULT_BASE_URL) -> "Caller":
        """A caller whose credentials say what to put there."""
        return cls(base_url, placeholder_credentials(contract))


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
    yield Snippet("curl", "bash with curl and openssl", bash_lines(contract, base_url, credentials, operation, request))
    yield Snippet("python", "Python with requests", PythonLines(contract, base_url, credentials).code(operation))
    code = sdk_lines(contract, base_url, credentials, operation)
    if code is not None:
        yield Snippet("sdk", "The vendor's Python SDK", code)
