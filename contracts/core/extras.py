"""Libraries that only an extra of the installation brings."""

from collections.abc import Iterator
from contextlib import contextmanager

CONTRACT_TESTS = "pip install 'bodydouble[contract-tests]'"


@contextmanager
def needs_contract_tests() -> Iterator[None]:
    """Let an import that fails say how to install what is missing.

    Raises:
        ModuleNotFoundError: a library is missing; the message says so, and the command that installs it.
    """
    try:
        yield
    except ModuleNotFoundError as error:
        raise ModuleNotFoundError(f"{error.name} is missing: {CONTRACT_TESTS}", name=error.name) from error
