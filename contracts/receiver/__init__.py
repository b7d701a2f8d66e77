"""The receiver tester: generated callbacks, correctly and wrongly signed, repeated and reordered.

`bodydouble.receiver` is its public name. Its modules import hypothesis and schemathesis; this package imports nothing.
"""
