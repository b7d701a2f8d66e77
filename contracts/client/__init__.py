"""The client tester: runs a client's own code under valid but hostile responses, and validates its requests.

`run` is the library call, `client_contract` the decorator for tests. Hypothesis and schemathesis generate the responses
from the schemas; what breaks the client is shrunk to the smallest response that does.
"""

from bodydouble.contracts.client.decorator import client_contract
from bodydouble.contracts.client.report import BadRequest, ClientContractError, ClientReport, Failure
from bodydouble.contracts.client.run import ClientOptions, run

__all__ = ["BadRequest", "ClientContractError", "ClientOptions", "ClientReport", "Failure", "client_contract", "run"]
