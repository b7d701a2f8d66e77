"""What a test needs of the double: a server, accounts with a clock of their own, a callback receiver, plain HTTP.

`pytest_plugin` makes fixtures of it; other test frameworks use it directly. The server is reached over HTTP only, and
started as a process of its own.
"""
