"""Measurements beside peers, and with a million tasks: README.md. They are no part of the package."""
