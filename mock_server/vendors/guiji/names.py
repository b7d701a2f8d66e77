"""The names of the contract that the code uses: error cases, kinds of tasks, and `<KIND>_<STATE>` for their states."""

from enum import Enum

from bodydouble.mock_server.vendor_api.contract_names import ContractNames

Errors = Enum(
    "Errors",
    "audioUrlInvalid avatarNotFound callbackUrlRefused concurrencyExceeded insufficientBalance resourceNotFound "
    "signatureInvalid voiceUnavailable",
)
NAMES = ContractNames()

TRAINING, VOICE, VIDEO, AUDIO, AUTHORIZATION = NAMES.kinds(
    "avatarTraining", "voiceClone", "video", "audio", "authorization"
)
VOICE_SUCCESS, VOICE_EXPIRED = NAMES.states(VOICE, "success", "expired")
QUOTA_TRAININGS, QUOTA_VOICES = NAMES.quota("fastTrainingAmount"), NAMES.quota("voiceCloneAmount")
QUOTA_VIDEO_SECONDS, QUOTA_SPOKEN_CHARACTERS = NAMES.quota("fastDuration"), NAMES.quota("ttsWordsAmount")
