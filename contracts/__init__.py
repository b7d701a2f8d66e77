"""The specifications as objects, and the testers that check clients, receivers and endpoints against them.

The model (documents, operations, validators, lifecycles, signatures) does no network or database input and output and
imports neither Flask, SQLAlchemy nor schemathesis, so that the server boots fast.
"""
