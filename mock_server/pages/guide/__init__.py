"""The guides of `docs/`, which `documents/` links to, as pages: for the server, and for a site of files."""

from bodydouble.mock_server.pages.guide.views import guide_pages

__all__ = ["guide_pages"]
