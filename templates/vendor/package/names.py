"""The names of the contract that the code uses: error cases, kinds of tasks, and `<KIND>_<STATE>` for their states."""

from enum import Enum

from bodydouble.mock_server.vendor_api.contract_names import ContractNames

# Separated by spaces. At boot, every name in this module is looked up in the contract.
Errors = Enum("Errors", "callbackUrlRefused keyInvalid taskNotCancellable taskNotFound")
NAMES = ContractNames()

TASK = NAMES.kind("task")
TASK_SUCCESS = NAMES.state(TASK, "success")
