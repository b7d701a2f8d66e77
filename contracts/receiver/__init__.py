"""The receiver tester: sends a receiver generated callbacks, validly and wrongly signed, repeated and reordered.

`run` in `bodydouble.contracts.receiver.run` does it; this package imports hypothesis and schemathesis, so the model
part of `contracts` never imports it.
"""
