"""The mock server: one implementation of the contracts, with state, signatures and callbacks."""
