"""The client tester: a client's own code, under hostile responses that the contract allows; every request is validated.

`bodydouble.client` is its public name. Hypothesis and schemathesis generate the responses from the schemas. For
each failure of the client, the response is shrunk.
"""
