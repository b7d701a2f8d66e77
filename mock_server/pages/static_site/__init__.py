"""The reference and the guides as files, which need no server: they work from any path, and opened as files."""

from bodydouble.mock_server.pages.static_site.folder import FolderError
from bodydouble.mock_server.pages.static_site.writer import write_site

__all__ = ["FolderError", "write_site"]
