"""A WSGI application on a real socket; see bodydouble.mock_server.testing.serving."""

from bodydouble.mock_server.testing.serving import serving

__all__ = ["serving"]
