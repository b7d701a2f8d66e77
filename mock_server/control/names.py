"""The names of the contract that the code uses."""

from enum import Enum

from bodydouble.mock_server.vendor_api.contract_names import ContractNames

Errors = Enum(
    "Errors",
    "accountExists accountNotFound clockUnmovable deliveryNotFound deliveryUnsendable notReady profileNotFound "
    "quotaNotFound scenarioNotFound scenarioUnusable settingUnusable snapshotTooLarge snapshotUnusable taskNotFound "
    "taskUnaddable taskUnchangeable unauthorized vendorNotFound",
)
# The control plane has no tasks of its own, and so neither kinds nor states.
NAMES = ContractNames()
