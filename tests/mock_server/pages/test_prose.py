"""The words of specifications as HTML: escaped, with links, and nothing else."""

import pytest
from flask import Flask

from bodydouble.contracts.model.loader import load_contract
from bodydouble.contracts.reference.vendor import VendorReference
from bodydouble.mock_server.pages.reference import reference_pages
from bodydouble.mock_server.pages.reference.prose import excerpt, paragraphs, prose

GUIJI = "/_mock/reference/guiji"


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("a <b> & `<i>` **<u>**", "a &lt;b&gt; &amp; <code>&lt;i&gt;</code> <strong>&lt;u&gt;</strong>"),
        ("one\n  line", "one line"),
        ("`createVideo`", f'<a href="{GUIJI}/operations/createVideo/"><code>createVideo</code></a>'),
        ("see getVideo.", f'see <a href="{GUIJI}/operations/getVideo/">getVideo</a>.'),
        ("resourceNotFound", f'<a href="{GUIJI}/errors/#error.resourceNotFound">resourceNotFound</a>'),
        # A schema is named only as code: its name may be a word.
        ("Failure or `Failure`", f'Failure or <a href="{GUIJI}/schemas/Failure/"><code>Failure</code></a>'),
        ("`[link](javascript:alert(1))`", "<code>[link](javascript:alert(1))</code>"),
        ("unclosed ` and **", "unclosed ` and **"),
    ],
)
def test_a_description_is_text_with_code_bold_and_links(text: str, html: str) -> None:
    assert rendered(text) == html


def rendered(text: str, *, whole: bool = False) -> str:
    contract = load_contract("guiji")
    app = Flask("alone", static_folder=None, template_folder=None)
    app.register_blueprint(reference_pages({"guiji": contract}))
    with app.test_request_context():
        return str((paragraphs if whole else prose)(text, VendorReference(contract)))


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("a\n\nb", "<p>a</p>\n<p>b</p>"),
        ("", ""),
        ("| no table", "<p>| no table</p>"),
        ("| a |\n| b |", "<p>| a | | b |</p>"),
    ],
)
def test_paragraphs_stay_apart(text: str, html: str) -> None:
    assert rendered(text, whole=True) == html


def test_a_table_has_a_head() -> None:
    html = rendered("| a | b |\n|---|---|\n| <1> | 2 |", whole=True)
    assert '<thead><tr><th scope="col">a</th><th scope="col">b</th></tr></thead>' in html
    assert "<tr><td>&lt;1&gt;</td><td>2</td></tr>" in html


@pytest.mark.parametrize(
    ("text", "terms", "html"),
    [
        ("a <b> c", ["<b>"], "a <mark>&lt;b&gt;</mark> c"),
        ("x & y", ["amp"], "x &amp; y"),
        ("Token", ["tOK"], "<mark>Tok</mark>en"),
        ("nothing", [], "nothing"),
        ("x" * 200 + "needle" + "y" * 200, ["needle"], f"…{'x' * 53}<mark>needle</mark>{'y' * 101}…"),
    ],
)
def test_an_excerpt_marks_what_was_searched_for(text: str, terms: list[str], html: str) -> None:
    assert str(excerpt(text, terms)) == html
