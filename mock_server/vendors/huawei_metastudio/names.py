"""The names of the contract that the code uses: error cases, kinds of tasks, and `<KIND>_<STATE>` for their states."""

from enum import Enum

from bodydouble.mock_server.vendor_api.contract_names import ContractNames

Errors = Enum(
    "Errors",
    "accessKeyUnknown assetNotChangeable assetNotFound assetNotRestorable assetReadOnly assetTypeReserved "
    "assetUnusable callbackUrlRefused fileNotFound fileNotPending fileNotUploaded jobNotCancelable jobNotFound "
    "projectMismatch ruleBroken scriptNotFound scriptReadOnly scriptWithoutScene signatureExpired signatureMismatch "
    "subtitleJobNotFound timeUnknown tokenExpired tokenInvalid unauthorized videoIncomplete",
)
NAMES = ContractNames()

SIGNED_REQUEST = NAMES.security_scheme("akSk")
VIDEO_JOB, ASSET, FILE, SUBTITLE_JOB = NAMES.kinds("videoJob", "asset", "file", "subtitleFile")
# A kind of resource, without a lifecycle.
SCRIPT = "videoScript"
VIDEO_JOB_WAITING, VIDEO_JOB_PROCESSING, VIDEO_JOB_SUCCEED, VIDEO_JOB_FAILED, VIDEO_JOB_CANCELED, VIDEO_JOB_BLOCKED = (
    NAMES.states(VIDEO_JOB, "waiting", "processing", "succeed", "failed", "canceled", "block")
)
ASSET_CREATING, ASSET_FAILED, ASSET_BLOCKED = NAMES.states(ASSET, "creating", "failed", "block")
ASSET_ACTIVED, ASSET_UNACTIVED, ASSET_WAITING_DELETE = NAMES.states(ASSET, "actived", "unactived", "waitingDelete")
ASSET_DELETING, ASSET_DELETED = NAMES.states(ASSET, "deleting", "deleted")
# In these states, an asset can be changed, and its files can be seen.
ASSET_COMPLETE = (ASSET_ACTIVED, ASSET_UNACTIVED, ASSET_WAITING_DELETE)
FILE_CREATING, FILE_CREATED, FILE_FAILED = NAMES.states(FILE, "creating", "created", "failed")
SUBTITLE_JOB_GENERATING, SUBTITLE_JOB_FAILED = NAMES.states(SUBTITLE_JOB, "generating", "failed")
