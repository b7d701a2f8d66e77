"""Shared helpers of the tests: servers, accounts, clients, callback receivers."""
