"""Wire messages, strict JSON, pointers, shell quoting, a loopback server and a clock.

Knows no contract and no HTTP library.
"""
