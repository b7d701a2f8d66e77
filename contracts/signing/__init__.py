"""Requests signed for an account: by Python, and by lines of code that sign when they run."""
