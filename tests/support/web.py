"""A WSGI application on a real socket; see bodydouble.contracts.testing.serving."""

from bodydouble.contracts.testing.serving import serving

__all__ = ["serving"]
