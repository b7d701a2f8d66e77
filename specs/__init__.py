"""The contracts, as data: see README.md beside this file."""
