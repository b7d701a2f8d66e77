"""The mock server for tests: a server process, accounts with their own clock, a callback receiver, plain HTTP.

`pytest_plugin` makes fixtures of it; other test frameworks use it directly. The server is reached over HTTP only, and
started as a process of its own.
"""
