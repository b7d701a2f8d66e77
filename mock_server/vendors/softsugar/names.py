"""The names of the contract that the code uses."""

from enum import Enum

from bodydouble.mock_server.vendor_api.contract_names import ContractNames

Errors = Enum(
    "Errors",
    "billingRangeTooLarge phaseCostUnavailable signInvalid taskNotCancellable taskNotDeletable taskNotFound "
    "taskNotRestartable tokenExpired tokenInvalid tokenMissing",
)
NAMES = ContractNames()

TASK, PREHEATED_FILE = "task", "preheatedFile"
NOT_STARTED, WAITING, PROCESSING, COMPLETED, ERROR = NAMES.states(
    TASK, "notStarted", "waiting", "processing", "completed", "error"
)
CANCELLED = NAMES.state(TASK, "cancelled")
# A preheated file's state is its task's, or an error of its own.
NAMES.states(PREHEATED_FILE, NOT_STARTED, WAITING, PROCESSING, COMPLETED, ERROR)
FAILED = NAMES.outcome(TASK, "failed")
REFRESH_TOKEN = NAMES.operation("refreshToken")
