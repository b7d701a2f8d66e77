"""Path templates, and which of several a path fits."""

import pytest

from bodydouble.contracts.core.path_template import PathTable

TABLE = PathTable(
    {
        path: path
        for path in (
            "/",
            "/things/{id}",
            "/things/latest",
            "/things/{id}/parts/{part}",
            "/things/{id}/parts/first",
            "/things/latest/parts/{part}",
            "/a.b/{x}:run",
            "/{project}/things",
        )
    }
)


@pytest.mark.parametrize(
    ("path", "template", "values"),
    [
        ("/", "/", {}),
        ("/things/7", "/things/{id}", {"id": "7"}),
        ("/things/latest", "/things/latest", {}),
        ("/things/7/parts/8", "/things/{id}/parts/{part}", {"id": "7", "part": "8"}),
        ("/things/7/parts/first", "/things/{id}/parts/first", {"id": "7"}),
        ("/things/latest/parts/8", "/things/latest/parts/{part}", {"part": "8"}),
        ("/things/latest/parts/first", "/things/latest/parts/{part}", {"part": "first"}),
        ("/a.b/1:run", "/a.b/{x}:run", {"x": "1"}),
        ("/p/things", "/{project}/things", {"project": "p"}),
        ("/things/line\nbreak", "/things/{id}", {"id": "line\nbreak"}),
    ],
)
def test_a_path_is_found_at_the_most_literal_template(path: str, template: str, values: dict[str, str]) -> None:
    assert TABLE.find(path) == (template, values)


@pytest.mark.parametrize("path", ["", "//", "/things", "/things/", "/things/7/", "/aXb/1:run", "/things//parts/1"])
def test_a_path_that_fits_no_template_is_not_found(path: str) -> None:
    assert TABLE.find(path) is None


def test_every_template_that_a_path_fits_is_found_the_literal_one_first() -> None:
    assert list(TABLE.every("/things/latest")) == [("/things/latest", {}), ("/things/{id}", {"id": "latest"})]
