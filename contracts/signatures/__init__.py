"""The vendors' signature schemes, one module each: the same functions verify on the server and sign for the tests."""
