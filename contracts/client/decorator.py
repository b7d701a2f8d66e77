"""A decorator for a test function that calls a client: the function runs under hostile responses."""

import functools
import inspect
from collections.abc import Callable
from typing import Any

from bodydouble.contracts.client.options import ClientOptions
from bodydouble.contracts.client.run import run
from bodydouble.contracts.model.loader import load_contract

PARAMETER = "base_url"


def client_contract(
    vendor: str,
    operation: str,
    *,
    allowed: tuple[type[Exception], ...] = (),
    examples: int = 50,
    changes: int = 250,
    seed: int = 1,
    forward: str | None = None,
    max_requests: int = 100,
    timeout: float = 10.0,
    faults: bool = True,
    fault_errors: tuple[type[Exception], ...] | None = None,
) -> Callable[[Callable[..., object]], Callable[..., None]]:
    """Run a test function under many responses of an operation that the contract allows.

    The function takes the argument `base_url`, the address that the client must use. Its other arguments are fixtures,
    as in any test, and keep their values from response to response. It may be a method of a test class, or a coroutine
    function, which is run to its end for each response, in an event loop of its own.

    Args:
        vendor: name of its folder under specs/.
        operation: operationId of the operation under test.
        allowed, examples, changes, seed, forward, max_requests, timeout, faults, fault_errors: as in ClientOptions.

    Raises:
        ClientContractError: when the test runs: a response breaks the client, or its requests violate the contract.
        TypeError: the function does not take `base_url`.
    """
    options = ClientOptions(allowed, examples, changes, seed, forward, max_requests, timeout, faults, fault_errors)

    def decorate(function: Callable[..., object]) -> Callable[..., None]:
        signature = inspect.signature(function)
        if PARAMETER not in signature.parameters:
            raise TypeError(f"{function.__qualname__} does not take {PARAMETER}")

        @functools.wraps(function)
        def test(*instance: Any, **fixtures: Any) -> None:
            __tracebackhide__ = True
            call = functools.partial(function, *instance, **fixtures)
            run(load_contract(vendor), operation, lambda base_url: call(base_url=base_url), options).require()

        fixtures = [parameter for name, parameter in signature.parameters.items() if name != PARAMETER]
        test.__signature__ = signature.replace(parameters=fixtures)  # type: ignore[attr-defined]
        return test

    return decorate
