"""The control plane, in the form of one more vendor: same pipeline, own specification."""

from bodydouble.contracts.model.loader import load_contract
from bodydouble.mock_server.control import authentication, envelope, operations
from bodydouble.mock_server.vendor_api.vendor import CallbackEvent, Credentials, Json, Vendor


def _no_credentials(account_id: str, seed: int) -> Credentials:
    raise NotImplementedError("the control plane has no accounts of its own")


def _no_callbacks(event: CallbackEvent) -> Json:
    raise NotImplementedError("the control plane sends no callbacks")


VENDOR = Vendor(
    contract=load_contract("control"),
    handlers=operations.HANDLERS,
    authenticate=authentication.authenticate,
    success=envelope.success,
    failure=envelope.failure,
    new_credentials=_no_credentials,
    callback_body=_no_callbacks,
)
