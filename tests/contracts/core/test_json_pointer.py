"""JSON pointers."""

import pytest

from bodydouble.contracts.core.json_pointer import lookup, parts, pointer, reference

CONTENT = {"a/b": {"c~d": [10, {"e f": 20}]}, "": 30, "ü": 40}


@pytest.mark.parametrize(
    ("path", "text", "value"),
    [
        ((), "", CONTENT),
        (("a/b",), "/a~1b", CONTENT["a/b"]),
        (("a/b", "c~d", 0), "/a~1b/c~0d/0", 10),
        (("a/b", "c~d", 1, "e f"), "/a~1b/c~0d/1/e f", 20),
        (("",), "/", 30),
        (("ü",), "/ü", 40),
    ],
)
def test_a_path_is_written_looked_up_and_split_again(path: tuple[str | int, ...], text: str, value: object) -> None:
    assert pointer(path) == text
    assert lookup(CONTENT, text) == value
    assert lookup(CONTENT, reference(path)) == value
    assert parts(reference(path)) == [str(part) for part in path]


def test_a_reference_is_percent_encoded() -> None:
    assert reference(("e f", "ü")) == "#/e%20f/%C3%BC"


@pytest.mark.parametrize("text", ["/nowhere", "/a~1b/c~0d/9", "/a~1b/c~0d/first", "/a~1b/c~0d/0/deeper"])
def test_a_pointer_that_leads_nowhere_is_an_error(text: str) -> None:
    with pytest.raises(LookupError):
        lookup(CONTENT, text)
