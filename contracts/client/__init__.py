"""Holding a client to a contract: its own code, under schema-valid but hostile answers, with every request validated.

`run` is the library call, `client_contract` the decorator for tests. Hypothesis and schemathesis make the answers
from the schemas; what breaks the client is shrunk to the smallest answer that does.
"""

from bodydouble.contracts.client.decorator import client_contract
from bodydouble.contracts.client.report import BadRequest, ClientContractError, Failure, Report
from bodydouble.contracts.client.run import Options, run

__all__ = ["BadRequest", "ClientContractError", "Failure", "Options", "Report", "client_contract", "run"]
