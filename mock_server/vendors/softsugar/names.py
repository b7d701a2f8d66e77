"""The names of the contract that the code uses: error cases, kinds of tasks, and `<KIND>_<STATE>` for their states."""

from enum import Enum

from bodydouble.mock_server.vendor_api.contract_names import ContractNames

Errors = Enum(
    "Errors",
    "billingRangeTooLarge phaseCostUnavailable signInvalid taskNotCancellable taskNotDeletable taskNotFound "
    "taskNotRestartable tokenInvalid tokenMissing",
)
NAMES = ContractNames()

TASK, PREHEATED_FILE = NAMES.kinds("task", "preheatedFile")
TASK_NOT_STARTED, TASK_WAITING, TASK_PROCESSING, TASK_COMPLETED, TASK_ERROR = NAMES.states(
    TASK, "notStarted", "waiting", "processing", "completed", "error"
)
TASK_CANCELLED = NAMES.state(TASK, "cancelled")
# A preheated file's state is its task's, or an error of its own.
NAMES.states(PREHEATED_FILE, TASK_NOT_STARTED, TASK_WAITING, TASK_PROCESSING, TASK_COMPLETED, TASK_ERROR)
OUTCOME_FAILED = NAMES.outcome(TASK, "failed")
REFRESH_TOKEN = NAMES.operation("refreshToken")
