"""The names of the contract that the code uses: error cases, kinds of tasks, and `<KIND>_<STATE>` for their states."""

from enum import Enum

from bodydouble.mock_server.vendor_api.contract_names import ContractNames

Errors = Enum(
    "Errors",
    "appIdInvalid authKeyMissing avatarInProduction avatarNotAwaiting avatarNotFound avatarOfficial avatarUnsuitable "
    "avatarVideoFixed callbackUrlMissing commandUnsupported concurrentVideosExceeded deviceNotBound "
    "incompleteSignature invalidAccessKeyIdNotFound invalidApiNotFound invalidParameter invalidSignatureMethod "
    "invalidTimeStampExpired invalidTimeStampFormat licenseInvalid missingParameter noAccess noIdleResource "
    "mediaUnsuitable notStreamingInstance parameterEmpty parameterIllegal sensitiveText sessionInvalid "
    "signatureDoesNotMatch signatureNonceUsed taskNotFound timedResetConflict timedResetNotFound uniqueCodeMissing "
    "uniqueCodeUsed videoLimitReached voiceNotFound",
)
NAMES = ContractNames()

ACS3 = NAMES.security_scheme("acs3")
INSTANCE, VIDEO, AVATAR = NAMES.kinds("instance", "videoTask", "avatar")
MESSAGE, DEVICE, TIMED_RESET = NAMES.kinds("message", "device", "timedReset")
QUOTA_VIDEOS = NAMES.quota("videos")
VIDEO_WAITING, VIDEO_RUNNING, VIDEO_SUCCESS, VIDEO_FAILED, VIDEO_EXPIRED = NAMES.states(
    VIDEO, "waiting", "running", "success", "failed", "expired"
)
AVATAR_TRAINING, AVATAR_SUCCESS, AVATAR_DECLINED = NAMES.states(AVATAR, "training", "success", "declined")
AVATAR_CHECK_FAILED, AVATAR_REVIEW_REJECTED, AVATAR_TRAINING_FAILED = NAMES.states(
    AVATAR, "checkFailed", "reviewRejected", "trainingFailed"
)
OUTCOME_CONFIRMATION = NAMES.outcome(AVATAR, "confirmation")
DEVICE_BOUND = NAMES.state(DEVICE, "bound")
TIMED_RESET_ON, TIMED_RESET_STARTING, TIMED_RESET_OFF, TIMED_RESET_STOPPING = NAMES.states(
    TIMED_RESET, "on", "starting", "off", "stopping"
)
SPEECH_2D, SPEECH_3D, RECORDING_2D, RECORDING_3D = map(
    NAMES.operation,
    (
        "SubmitTextTo2DAvatarVideoTask",
        "SubmitTextTo3DAvatarVideoTask",
        "SubmitAudioTo2DAvatarVideoTask",
        "SubmitAudioTo3DAvatarVideoTask",
    ),
)
