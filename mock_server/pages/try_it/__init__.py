"""Try it: an operation's request from a form, signed by the server, sent to it over its own socket."""

from bodydouble.mock_server.pages.try_it.views import try_it_pages

__all__ = ["try_it_pages"]
