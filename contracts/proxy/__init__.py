"""The proxy (`bodydouble proxy`): stands between a client and an endpoint, and reports drift from the contract."""
