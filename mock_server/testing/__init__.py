"""What a test needs of the mock server: the server, accounts, a callback receiver, plain HTTP.

`bodydouble.testing` is its public name; `pytest_plugin` makes fixtures of it. The server runs as a process of its own
and is reached over HTTP only.
"""
