"""The guides of `docs/` as pages."""

import re
from pathlib import Path

import pytest

from bodydouble.mock_server.pages.guide.library import groups, guides
from bodydouble.mock_server.pages.guide.markdown import rendered, rendered_line, sections, slug
from tests.support.page_reader import PageReader

ROOT = Path(__file__).parents[3]
GUIDE = "/_mock/guide/"


def _html(text: str, url: str | None = None) -> str:
    return rendered(text, lambda target: url).html


def test_every_document_of_the_repository_is_a_guide() -> None:
    documents = {path.stem: path.read_text(encoding="utf-8") for path in (ROOT / "docs").glob("*.md")}
    assert {name: guide.text for name, guide in guides().items()} == documents, "link it: pages/guide/documents/"


def test_every_guide_stands_in_one_group() -> None:
    listed = [guide.name for entries in groups().values() for guide in entries]
    assert sorted(listed) == sorted(guides())
    assert "More" not in groups()


def test_the_list_names_each_guide_and_what_it_is_about(reader: PageReader) -> None:
    page = reader.get(GUIDE)
    assert page.status == 200
    for name, guide in guides().items():
        assert f'href="{GUIDE}{name}/"' in page.text
        assert guide.summary, name
    assert "One server with a file is enough for most uses" in page.text


@pytest.mark.parametrize("name", sorted(guides()))
def test_a_guide_is_a_page_with_one_title_and_no_styles(reader: PageReader, name: str) -> None:
    page = reader.get(f"{GUIDE}{name}/")
    assert page.status == 200
    assert page.text.count("<h1") == 1
    assert not re.search(r"<[^>]* (style|on\w+)=", page.text)
    assert "&lt;!--" not in page.text


def test_an_unknown_guide_is_not_found(reader: PageReader) -> None:
    page = reader.get(f"{GUIDE}no%3Cb%3E/")
    assert page.status == 404
    assert "There is no guide no&lt;b&gt;." in page.text


def test_links_lead_to_guides_to_contracts_or_nowhere(reader: PageReader) -> None:
    text = reader.get(f"{GUIDE}snapshots-and-seeds/").text
    assert 'href="/_mock/guide/faults/' in text
    assert "../examples" not in text
    assert "examples/seeds/team.yaml" in text
    assert not re.search(r'href="[^"#]*\.md', text)


def test_a_link_without_a_place_leaves_its_text_and_others_keep_theirs() -> None:
    resolve = {"a.md": None, "b.md": "/b/"}.get
    assert rendered_line("[one `x`](a.md) and [two](b.md)", resolve) == ('one <code>x</code> and <a href="/b/">two</a>')


def test_html_in_a_document_is_text_and_comments_are_left_out() -> None:
    html = _html("<script>alert(1)</script>\n\n<!-- generated -->\n\na <b onclick=x> ![<i>](x.png)")
    assert "<script" not in html
    assert "<b" not in html
    assert "<i>" not in html
    assert "generated" not in html
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in html


def test_a_link_that_runs_a_script_is_text() -> None:
    assert "<a" not in _html("[x](javascript:alert(1))", "unused")


def test_headings_have_the_anchors_that_links_to_them_use() -> None:
    document = rendered("# T\n\n## Your own `x_y`: (it)\n\n## Same\n\n### Same", lambda target: target)
    assert [(entry.level, entry.anchor) for entry in document.headings] == [
        (2, "your-own-x_y-it"),
        (2, "same"),
        (3, "same-1"),
    ]
    assert '<h2 id="same">' in document.html
    assert slug("中文 标题") == "中文-标题"


def test_a_document_is_searched_by_its_parts() -> None:
    parts = sections("# T\n\nWords\nand `code`.\n\n## 中文\n\n| a | b |\n|---|---|\n| c | d |\n\n```sh\ncurl\n```\n")
    assert [(part.heading and part.heading.anchor, part.text) for part in parts] == [
        (None, "Words and code."),
        ("中文", "a b c d curl"),
    ]


def test_a_table_has_labels_for_narrow_screens_and_classes_for_its_alignment() -> None:
    html = _html("# T\n\n## Counts\n\n| what | `n` |\n|---|--:|\n| a | 1 |\n")
    assert '<table aria-label="Counts" class="rows">' in html
    assert '<th scope="col">what</th>' in html
    assert '<td class="number" data-label="n">1</td>' in html


def test_code_is_highlighted_by_classes() -> None:
    html = _html("```python sdk\nimport x  # <\n```\n\n```unknown-language\n<a>\n```")
    assert '<span class="kn">import</span>' in html
    assert "# &lt;" in html
    assert "&lt;a&gt;" in html


def test_a_column_without_a_name_has_no_empty_heading() -> None:
    html = _html("| | a |\n|---|---|\n| b | c |\n")
    assert "<th" in html
    assert "<td></td>" in html
    assert '<th scope="col"></th>' not in html
