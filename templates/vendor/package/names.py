"""The names of the contract that the code uses."""

from enum import Enum

from bodydouble.mock_server.vendor_api.contract_names import ContractNames

Errors = Enum("Errors", "callbackUrlRefused keyInvalid taskNotCancellable taskNotFound")
NAMES = ContractNames()

TASK = "task"
SUCCESS = NAMES.state(TASK, "success")
