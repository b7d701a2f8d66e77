"""SoftSugar: tasks of a 2D digital human platform, its public materials and its bills."""

from bodydouble.contracts.model.loader import load_contract
from bodydouble.mock_server.vendor_api.vendor import Vendor
from bodydouble.mock_server.vendors.softsugar import (
    authentication,
    callbacks,
    catalogue,
    envelope,
    operations,
    population,
)

VENDOR = Vendor(
    contract=load_contract("softsugar"),
    handlers=operations.HANDLERS,
    authenticate=authentication.authenticate,
    success=envelope.success,
    failure=envelope.failure,
    new_credentials=authentication.new_credentials,
    callback_body=callbacks.body,
    settings=catalogue.SETTINGS,
    populate=population.populate,
    signing_parts=callbacks.signing_parts,
    settings_changed=callbacks.settings_changed,
    check_settings=callbacks.check_settings,
    signature=callbacks.signature,
    add_task=population.add_task,
    catalogue_file=catalogue.file,
)
