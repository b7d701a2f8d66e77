"""Kills the mock server's processes under load, and checks that nothing was lost and nothing was done twice.

`python -m tests.soak` (`make soak`) runs rounds on a file of SQLite and on PostgreSQL. A round has fresh accounts,
kills at random times, and checks at its end.
"""
