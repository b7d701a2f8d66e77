"""Alibaba Cloud avatar (2022-01-30): live avatar streams, avatar videos, custom avatars, rendering on the device."""

from bodydouble.contracts.model.loader import load_contract
from bodydouble.mock_server.vendor_api.vendor import Vendor
from bodydouble.mock_server.vendors.aliyun_avatar import (
    authentication,
    callbacks,
    catalogue,
    envelope,
    operations,
    wire,
)

VENDOR = Vendor(
    contract=load_contract("aliyun-avatar"),
    handlers=operations.HANDLERS,
    authenticate=authentication.authenticate,
    success=envelope.success,
    failure=envelope.failure,
    new_credentials=authentication.new_credentials,
    callback_body=callbacks.body,
    quotas=catalogue.QUOTAS,
    settings=catalogue.SETTINGS,
    signing_parts=callbacks.signing_parts,
    routing=wire.routing,
    normalise=wire.normalise,
    settings_changed=callbacks.settings_changed,
    check_settings=callbacks.check_settings,
)
