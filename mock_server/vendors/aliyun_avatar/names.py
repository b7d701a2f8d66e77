"""The names of the contract that the code uses."""

from enum import Enum

from bodydouble.mock_server.vendor_api.contract_names import ContractNames

Errors = Enum(
    "Errors",
    "appIdInvalid authKeyMissing avatarInProduction avatarNotAwaiting avatarNotFound avatarOfficial avatarUnsuitable "
    "avatarVideoFixed callbackUrlMissing commandUnsupported concurrentVideosExceeded deviceNotBound "
    "incompleteSignature invalidAccessKeyIdNotFound invalidApiNotFound invalidParameter invalidSignatureMethod "
    "invalidTimeStampExpired invalidTimeStampFormat licenseInvalid missingParameter noAccess noIdleResource "
    "notStreamingInstance parameterEmpty parameterIllegal sensitiveText sessionInvalid signatureDoesNotMatch "
    "signatureNonceUsed taskNotFound timedResetConflict timedResetNotFound uniqueCodeMissing uniqueCodeUsed "
    "videoLimitReached voiceNotFound",
)
NAMES = ContractNames()

INSTANCE, VIDEO, AVATAR = "instance", "videoTask", "avatar"
MESSAGE, DEVICE, TIMED_RESET = "message", "device", "timedReset"
WAITING, RUNNING, VIDEO_SUCCESS, VIDEO_FAILED, CANCELLED, VIDEO_EXPIRED = NAMES.states(
    VIDEO, "waiting", "running", "success", "failed", "cancelled", "expired"
)
TRAINING, READY, CHECK_FAILED, REVIEW_REJECTED, DECLINED, TRAINING_FAILED = NAMES.states(
    AVATAR, "training", "success", "checkFailed", "reviewRejected", "declined", "trainingFailed"
)
CONFIRMATION = NAMES.outcome(AVATAR, "confirmation")
SPEAKING, SPOKEN = NAMES.states(MESSAGE, "speaking", "spoken")
BOUND = NAMES.state(DEVICE, "bound")
ON, STARTING, OFF, STOPPING = NAMES.states(TIMED_RESET, "on", "starting", "off", "stopping")
SPEECH_2D, SPEECH_3D, RECORDING_2D, RECORDING_3D = map(
    NAMES.operation,
    (
        "SubmitTextTo2DAvatarVideoTask",
        "SubmitTextTo3DAvatarVideoTask",
        "SubmitAudioTo2DAvatarVideoTask",
        "SubmitAudioTo3DAvatarVideoTask",
    ),
)
