"""What the specifications promise, as objects, and the tests that hold anyone to them.

The model (documents, operations, validators, lifecycles, signatures) does no network or database input and output and
imports neither Flask, SQLAlchemy nor schemathesis, so that the server boots fast.
"""
