"""The names of the contract that the code uses."""

from enum import Enum

Errors = Enum(
    "Errors",
    "accountExists accountNotFound clockUnmovable deliveryNotFound deliveryUnsendable quotaNotFound scenarioNotFound "
    "scenarioUnusable settingUnusable taskNotFound taskUnaddable taskUnchangeable unauthorized vendorNotFound",
)
