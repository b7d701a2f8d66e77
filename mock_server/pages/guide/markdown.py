"""Markdown as HTML for a page: no styles, no HTML of its own, headings with anchors, links that lead elsewhere."""

import re
from collections import Counter
from collections.abc import Callable, Iterator, MutableMapping, Sequence
from dataclasses import dataclass
from html import escape
from itertools import pairwise
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markupsafe import Markup
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import get_lexer_by_name
from pygments.util import ClassNotFound

# From the target of a link to its URL; None for what has none, which becomes plain text.
Resolve = Callable[[str], str | None]
_COMMENT = re.compile(r"\s*<!--.*?-->\s*", re.DOTALL)
_FORMATTER = HtmlFormatter(nowrap=True)


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading below the title.

    Attributes:
        level: 2 for a chapter.
        anchor: its id on the page.
        text: without marks.
    """

    level: int
    anchor: str
    text: str


@dataclass(frozen=True, slots=True)
class Section:
    """A part of a document, up to the next heading.

    Attributes:
        heading: None for what stands before the first one below the title.
        text: all words in it, without marks.
    """

    heading: Heading | None
    text: str


@dataclass(frozen=True, slots=True)
class Rendered:
    """A document without its title."""

    html: Markup
    headings: tuple[Heading, ...]


def rendered(text: str, resolve: Resolve) -> Rendered:
    """A document as HTML."""
    tokens = _body(text)
    headings = tuple(_with_anchors(tokens))
    _label_tables(tokens)
    for token in tokens:
        _lead_links(token.children or [], resolve)
    return Rendered(Markup(_PARSER.renderer.render(tokens, _PARSER.options, {})), headings)


def sections(text: str) -> tuple[Section, ...]:
    """The parts of a document, without its title."""
    tokens = _body(text)
    headings = iter(_with_anchors(tokens))
    parts: list[tuple[Heading | None, list[str]]] = [(None, [])]
    for before, token in pairwise([Token("begin", "", 0), *tokens]):
        if token.type == "heading_open":
            parts.append((next(headings), []))
        elif token.type == "fence":
            parts[-1][1].append(token.content)
        elif token.type == "inline" and before.type != "heading_open":
            parts[-1][1].append(_plain(token))
    return tuple(Section(heading, " ".join(" ".join(words).split())) for heading, words in parts)


def _body(text: str) -> list[Token]:
    """A document without its title."""
    tokens = _PARSER.parse(text)
    has_title = tokens and tokens[0].type == "heading_open" and tokens[0].tag == "h1"
    return tokens[3:] if has_title else tokens


def rendered_line(text: str, resolve: Resolve) -> Markup:
    """A paragraph as HTML, without the element around it."""
    tokens = _PARSER.parseInline(text)
    _lead_links(tokens[0].children or [], resolve)
    return Markup(_PARSER.renderer.render(tokens, _PARSER.options, {}))


def slug(text: str) -> str:
    """The anchor of a heading, as GitHub makes it."""
    return re.sub(r"[^\w\- ]", "", text.lower()).replace(" ", "-")


def _plain(token: Token) -> str:
    breaks = ("softbreak", "hardbreak")
    shown = (child for child in token.children or [] if child.type in ("text", "code_inline", *breaks))
    return "".join(" " if child.type in breaks else child.content for child in shown)


def _with_anchors(tokens: Sequence[Token]) -> Iterator[Heading]:
    seen: Counter[str] = Counter()
    for token, inline in pairwise(tokens):
        if token.type == "heading_open":
            text = _plain(inline)
            anchor = slug(text)
            count = seen[anchor]
            seen[anchor] += 1
            token.attrSet("id", f"{anchor}-{count}" if count else anchor)
            yield Heading(int(token.tag[1]), str(token.attrs["id"]), text)


def _label_tables(tokens: Sequence[Token]) -> None:
    """Name each table by the heading above it, and each cell by the head of its column."""
    title, heads, column = "", list[str](), 0
    for token, inline, end in zip(tokens, tokens[1:], tokens[2:], strict=False):
        match token.type:
            case "heading_open":
                title = _plain(inline)
            case "table_open":
                token.attrSet("aria-label", title or "Table")
                token.attrSet("class", "rows")
                heads = []
            case "th_open":
                heads.append(_plain(inline))
                if heads[-1]:
                    _set_cell(token, "scope", "col")
                else:
                    # Nothing heads the column: the cell is no heading.
                    token.tag = end.tag = "td"
            case "tr_open":
                column = 0
            case "td_open":
                _set_cell(token, "data-label", heads[column])
                column += 1


def _set_cell(token: Token, name: str, value: str) -> None:
    # The alignment comes as a style, which no page may have.
    if token.attrs.pop("style", None) == "text-align:right":
        token.attrSet("class", "number")
    token.attrSet(name, value)


def _lead_links(children: list[Token], resolve: Resolve) -> None:
    """Give each link its URL; a link that has none leaves its text."""
    for index in [at for at, token in enumerate(children) if token.type == "link_open"][::-1]:
        url = resolve(str(children[index].attrs["href"]))
        if url is not None:
            children[index].attrSet("href", url)
            continue
        del children[_end_of_link(children, index)]
        del children[index]


def _end_of_link(children: Sequence[Token], begin: int) -> int:
    return next(index for index in range(begin, len(children)) if children[index].type == "link_close")


Environment = MutableMapping[str, Any]


def _fence(_: RendererHTML, tokens: Sequence[Token], index: int, options: Any, env: Environment) -> str:
    token = tokens[index]
    language = token.info.split()[0] if token.info else "text"
    label = escape("Text" if language == "text" else f"Example: {language}")
    code = _highlighted(token.content, language)
    return f'<pre class="highlight" tabindex="0" aria-label="{label}"><code>{code}</code></pre>\n'


def _highlighted(code: str, language: str) -> str:
    try:
        lexer = get_lexer_by_name(language)
    except ClassNotFound:
        return escape(code)
    return str(highlight(code, lexer, _FORMATTER))


def _html(_: RendererHTML, tokens: Sequence[Token], index: int, options: Any, env: Environment) -> str:
    content = tokens[index].content
    return "" if _COMMENT.fullmatch(content) else escape(content)


def _image(_: RendererHTML, tokens: Sequence[Token], index: int, options: Any, env: Environment) -> str:
    # Pictures are for readers of the repository; a page shows the real thing.
    return escape(tokens[index].content)


def _table_open(renderer: RendererHTML, tokens: Sequence[Token], index: int, options: Any, env: Environment) -> str:
    return f'<div class="table">{renderer.renderToken(tokens, index, options, env)}'


def _table_close(renderer: RendererHTML, tokens: Sequence[Token], index: int, options: Any, env: Environment) -> str:
    return f"{renderer.renderToken(tokens, index, options, env)}</div>"


def _heading_close(renderer: RendererHTML, tokens: Sequence[Token], index: int, options: Any, env: Environment) -> str:
    anchor = escape(str(tokens[index - 2].attrs["id"]))
    name = escape(_plain(tokens[index - 1]))
    link = f' <a class="permalink" href="#{anchor}" aria-label="Link to {name}">#</a>'
    return link + renderer.renderToken(tokens, index, options, env)


def _parser() -> MarkdownIt:
    # HTML is recognised, so that comments can be left out; everything else of it is shown as text.
    parser = MarkdownIt("commonmark", {"html": True}).enable("table")
    rules = {
        "fence": _fence,
        "html_block": _html,
        "html_inline": _html,
        "image": _image,
        "table_open": _table_open,
        "table_close": _table_close,
        "heading_close": _heading_close,
    }
    for name, rule in rules.items():
        parser.add_render_rule(name, rule)
    return parser


_PARSER = _parser()
