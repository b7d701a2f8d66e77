"""Test a client: its own code, under hostile responses that the contract allows. Needs the extra `contract-tests`.

- `client_contract`: decorator of a test function that calls the client.
- `run`: the same as a library call.
- `ClientOptions`: how a client is tested.
- `ClientReport`: the result of a run.
- `Failure`: one way in which the client fails, with the smallest response that shows it.
- `BadRequest`: one way in which a request of the client violates the contract.
- `ClientContractError`: raised by `client_contract` and by `ClientReport.require`.
"""

from bodydouble.contracts.core.extras import needs_contract_tests

with needs_contract_tests():
    from bodydouble.contracts.client.decorator import client_contract
    from bodydouble.contracts.client.options import ClientOptions
    from bodydouble.contracts.client.report import BadRequest, ClientContractError, ClientReport, Failure
    from bodydouble.contracts.client.run import run

__all__ = [
    "BadRequest",
    "ClientContractError",
    "ClientOptions",
    "ClientReport",
    "Failure",
    "client_contract",
    "run",
]
