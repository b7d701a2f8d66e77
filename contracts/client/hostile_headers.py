"""The headers of a response: those that the contract declares, with the example's and with hostile values."""

from collections.abc import Iterator

from hypothesis import strategies as st

from bodydouble.contracts.core.json_mutations import HOSTILE_HEADERS
from bodydouble.contracts.core.wire import JSON
from bodydouble.contracts.model.parameters import Parameter
from bodydouble.contracts.model.responses import ResponseContract


def required_headers(response: ResponseContract) -> dict[str, str]:
    """The headers that every response must have, with the values of the specification's examples."""
    required = {header.name: next(_texts(header)) for header in response.headers if header.required}
    return {"Content-Type": JSON, **required} if response.body is not None else required


def headers(response: ResponseContract) -> st.SearchStrategy[dict[str, str]]:
    """The possible headers of a response.

    Optional headers are absent, or have the value of the example: most say how long to wait, and a client that obeys
    must not wait for a day.
    """
    required = {header.name: st.sampled_from(list(_texts(header))) for header in response.headers if header.required}
    optional = {
        header.name: st.just(str(header.example))
        for header in response.headers
        if not header.required and header.example is not None
    }
    plain = required_headers(response)
    return st.fixed_dictionaries(required, optional=optional).map(lambda chosen: {**plain, **chosen})


def _texts(header: Parameter) -> Iterator[str]:
    allowed = False
    for text in (*([] if header.example is None else [str(header.example)]), *HOSTILE_HEADERS):
        if not header.violations(header.decode([text])):
            allowed = True
            yield text
    if not allowed:
        raise ValueError(f"header {header.name} needs an example that its schema allows")
