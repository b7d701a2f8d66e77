"""Guiji: avatars and voices cloned from recordings, videos and audio synthesised with them."""

from bodydouble.contracts.model.loader import load_contract
from bodydouble.mock_server.vendor_api.vendor import Vendor
from bodydouble.mock_server.vendors.guiji import authentication, callbacks, catalogue, envelope, operations

VENDOR = Vendor(
    contract=load_contract("guiji"),
    handlers=operations.HANDLERS,
    authenticate=authentication.authenticate,
    success=envelope.success,
    failure=envelope.failure,
    new_credentials=authentication.new_credentials,
    callback_body=callbacks.body,
    quotas=catalogue.QUOTAS,
)
