"""pytest fixtures for the tests of those who integrate a vendor."""
