"""Huawei Cloud MetaStudio: videos of clone avatars, and the library of what they are made from."""

from bodydouble.contracts.model.loader import load_contract
from bodydouble.mock_server.vendor_api.vendor import Vendor
from bodydouble.mock_server.vendors.huawei_metastudio import authentication, callbacks, catalogue, envelope, operations

VENDOR = Vendor(
    contract=load_contract("huawei-metastudio"),
    handlers=operations.HANDLERS,
    authenticate=authentication.authenticate,
    success=envelope.success,
    failure=envelope.failure,
    new_credentials=authentication.new_credentials,
    callback_body=callbacks.body,
    signing_parts=callbacks.signing_parts,
    populate=catalogue.populate,
    catalogue_file=catalogue.file,
)
