"""The names of the contract that the code uses."""

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
VIDEO_JOB, ASSET, FILE, SUBTITLE_JOB = "videoJob", "asset", "file", "subtitleFile"
# A kind of resource, without a lifecycle.
SCRIPT = "videoScript"


class JobState:
    """States of a video job."""

    WAITING, PROCESSING, SUCCEED = NAMES.states(VIDEO_JOB, "waiting", "processing", "succeed")
    FAILED, CANCELED, BLOCKED = NAMES.states(VIDEO_JOB, "failed", "canceled", "block")


class AssetState:
    """States of an asset."""

    CREATING, FAILED, BLOCKED = NAMES.states(ASSET, "creating", "failed", "block")
    # In the complete states, an asset can be changed, and its files can be seen.
    ACTIVED = NAMES.state(ASSET, "actived")
    COMPLETE = (ACTIVED, *NAMES.states(ASSET, "unactived", "waitingDelete"))
    DELETING, DELETED = NAMES.states(ASSET, "deleting", "deleted")


class FileState:
    """States of a file."""

    CREATING, CREATED, FAILED = NAMES.states(FILE, "creating", "created", "failed")


class SubtitleState:
    """States of a subtitle job."""

    GENERATING, FAILED = NAMES.states(SUBTITLE_JOB, "generating", "failed")
