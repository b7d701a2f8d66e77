"""Text and bytes: wire messages, strict JSON, pointers, shell quoting. Knows no contract and no HTTP library."""
