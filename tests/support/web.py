"""A WSGI application on a real socket; see contracts.testing.serving."""

from contracts.testing.serving import serving

__all__ = ["serving"]
