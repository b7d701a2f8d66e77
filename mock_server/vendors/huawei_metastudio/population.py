"""What a new account starts with. Its first assets stay in the catalogue until the account changes them."""

import functools

from bodydouble.mock_server.vendor_api.population import FirstResource, Population
from bodydouble.mock_server.vendor_api.toolbox import Toolbox
from bodydouble.mock_server.vendors.huawei_metastudio import names, records
from bodydouble.mock_server.vendors.huawei_metastudio.catalogue import DRAFTS


def populate(tools: Toolbox) -> Population:
    """The first drafts of a new account."""
    return _population()


# The catalogue does not change while the server runs.
@functools.cache
def _population() -> Population:
    drafts = (
        FirstResource(names.SCRIPT, script_id, settings, records.view_mode(settings))
        for script_id, settings in DRAFTS.items()
    )
    return Population(resources=tuple(drafts))
