"""The names of the contract that the code uses."""

from enum import Enum

from bodydouble.mock_server.vendor_api.contract_names import ContractNames

Errors = Enum(
    "Errors",
    "accessTokenExpired accessTokenInvalid audioUrlInvalid callbackUrlRefused concurrencyExceeded insufficientBalance "
    "resourceNotFound signatureInvalid voiceUnavailable",
)
NAMES = ContractNames()

TRAINING, VOICE, VIDEO, AUDIO, AUTHORIZATION = "avatarTraining", "voiceClone", "video", "audio", "authorization"
SUCCESS = NAMES.state(VOICE, "success")
EXPIRED = NAMES.state(VOICE, "expired")
