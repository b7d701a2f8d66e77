"""The endpoint tester (`bodydouble check`): schemathesis, with a contract's own rules."""
