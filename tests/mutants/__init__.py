"""The mutation harness: a proxy plants one fault at a time, and `bodydouble check` must find it.

`python -m tests.mutants` runs all mutants and prints the share that was found; see docs/check.md.
"""
