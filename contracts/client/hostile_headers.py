"""Headers of an answer that a client is given: the declared ones, with the example's and with unpleasant values."""

from collections.abc import Iterator

from hypothesis import strategies as st

from bodydouble.contracts.core.json_mutations import HOSTILE_HEADERS
from bodydouble.contracts.core.wire import JSON
from bodydouble.contracts.model.parameters import Parameter
from bodydouble.contracts.model.responses import ResponseContract


def required_headers(response: ResponseContract) -> dict[str, str]:
    """The headers that every answer must have, with the values of the specification's examples."""
    required = {header.name: next(_texts(header)) for header in response.headers if header.required}
    return {"Content-Type": JSON, **required} if response.body is not None else required


def headers(response: ResponseContract) -> st.SearchStrategy[dict[str, str]]:
    """What the headers of an answer may be.

    Optional ones are absent, or have the value of the example: they say how long to wait, mostly, and a client that
    obeys must not wait for a day.
    """
    always = {header.name: st.sampled_from(list(_texts(header))) for header in response.headers if header.required}
    sometimes = {
        header.name: st.just(str(header.example))
        for header in response.headers
        if not header.required and header.example is not None
    }
    plain = required_headers(response)
    return st.fixed_dictionaries(always, optional=sometimes).map(lambda chosen: {**plain, **chosen})


def _texts(header: Parameter) -> Iterator[str]:
    allowed = False
    for text in (*([] if header.example is None else [str(header.example)]), *HOSTILE_HEADERS):
        if not header.violations(header.decode([text])):
            allowed = True
            yield text
    if not allowed:
        raise ValueError(f"header {header.name} needs an example that its schema allows")
