"""Holding a client to a contract: its own code, under schema-valid but hostile answers, with every request validated.

`run` is the library call, `client_contract` the decorator for tests. Hypothesis and schemathesis make the answers
from the schemas; what breaks the client is shrunk to the smallest answer that does.
"""

from bodydouble.contracts.client.decorator import client_contract
from bodydouble.contracts.client.report import BadRequest, ClientContractError, ClientReport, Failure
from bodydouble.contracts.client.run import ClientOptions, run

__all__ = ["BadRequest", "ClientContractError", "ClientOptions", "ClientReport", "Failure", "client_contract", "run"]
