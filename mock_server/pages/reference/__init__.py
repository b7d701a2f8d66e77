"""The contract reference: pages that need nothing but the contracts, so that they can be written as files, too."""

from bodydouble.mock_server.pages.reference.links import place_of
from bodydouble.mock_server.pages.reference.views import reference_pages

__all__ = ["place_of", "reference_pages"]
