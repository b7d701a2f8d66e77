"""Snapshots: all of an account as one document, and an account as it was."""
