"""A mock server for digital-human clouds, their contracts, and the tests that hold anyone to them."""
