"""The words of specifications as HTML: paragraphs, bold, code, and links from the names of what has a page."""

import re
from collections.abc import Callable, Iterable, Iterator

from markupsafe import Markup, escape

from bodydouble.contracts.reference.law_words import FieldName, Line, Piece, PlaceName
from bodydouble.contracts.reference.places import Place
from bodydouble.contracts.reference.vendor import VendorReference
from bodydouble.mock_server.pages.reference.links import place_of, place_url

# Code, bold text, or a bare name that no English word is: `createVideo`, `Create2dAvatar`.
_TOKEN = re.compile(r"`(?P<code>[^`]+)`|\*\*(?P<bold>[^*]+)\*\*|\b(?P<name>[A-Za-z][a-z0-9]+(?:[A-Z0-9][a-z0-9]*)+)\b")
# A head, and a line that only says that it is one.
_TABLE = re.compile(r"\s*\|.*\n\s*\|[\s:|-]+(\n|$)")
# Characters of a text that a result of a search shows.
EXCERPT_LENGTH = 160


def prose(text: str, vendor: VendorReference) -> Markup:
    """A description on one line."""
    return Markup().join(_pieces(" ".join(text.split()), vendor))


def paragraphs(text: str, vendor: VendorReference) -> Markup:
    """A description with its paragraphs and tables."""
    blocks = (block for block in re.split(r"\n\s*\n", text.strip()) if block)
    return Markup("\n").join(_block(block, vendor) for block in blocks)


def law_line(line: Line, vendor: VendorReference) -> Markup:
    """A line of a law, with links to the fields that it names."""
    return Markup().join(_law_piece(piece, vendor) for piece in line)


def _law_piece(piece: Piece, vendor: VendorReference) -> Markup:
    if isinstance(piece, str):
        return Markup().join(_pieces(piece, vendor))
    code = Markup("<code>{}</code>").format(piece.text)
    url = _law_url(piece, vendor)
    return code if url is None else Markup('<a href="{}">{}</a>').format(url, code)


def _law_url(piece: FieldName | PlaceName, vendor: VendorReference) -> str | None:
    if isinstance(piece, PlaceName):
        return place_url(vendor.name, piece.place)
    return place_of(vendor.name, piece.operation, piece.part, piece.pointer, piece.status)


def _block(text: str, vendor: VendorReference) -> Markup:
    if not _TABLE.match(text):
        return Markup("<p>{}</p>").format(prose(text, vendor))
    head, _, *rows = [_cells(line) for line in text.strip().splitlines()]
    titles = Markup().join(Markup('<th scope="col">{}</th>').format(prose(cell, vendor)) for cell in head)
    body = Markup().join(_row(row, vendor) for row in rows)
    return Markup('<div class="table"><table><thead><tr>{}</tr></thead><tbody>{}</tbody></table></div>').format(
        titles, body
    )


def _cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip().strip("|").split("|")]


def _row(cells: Iterable[str], vendor: VendorReference) -> Markup:
    return Markup("<tr>{}</tr>").format(
        Markup().join(Markup("<td>{}</td>").format(_cell(cell, vendor)) for cell in cells)
    )


def _cell(text: str, vendor: VendorReference) -> Markup:
    """A cell; one that is a name and nothing else leads to what it names."""
    return prose(f"`{text}`" if text in vendor.schemas else text, vendor)


def _pieces(text: str, vendor: VendorReference) -> Iterator[Markup]:
    end = 0
    for match in _TOKEN.finditer(text):
        yield escape(text[end : match.start()])
        yield _piece(match, vendor)
        end = match.end()
    yield escape(text[end:])


def _piece(match: "re.Match[str]", vendor: VendorReference) -> Markup:
    if match["bold"] is not None:
        return Markup("<strong>{}</strong>").format(match["bold"])
    form: Callable[[str], Markup] = Markup("<code>{}</code>").format if match["code"] is not None else escape
    name = match["code"] or match["name"]
    place = named_place(name, vendor)
    if place is None or (place.kind == "schema" and match["code"] is None):
        return form(name)
    return Markup('<a href="{}">{}</a>').format(place_url(vendor.name, place), form(name))


def named_place(name: str, vendor: VendorReference) -> Place | None:
    """The place of what a name means in a vendor's contract; None if it means nothing there."""
    contract = vendor.contract
    if name in contract.operations:
        return Place("operation", name)
    if name in contract.callbacks:
        return Place("callback", name)
    if name in contract.errors:
        return Place("errors", anchor=f"error.{name}")
    return Place("schema", name) if name in vendor.schemas else None


def excerpt(text: str, terms: Iterable[str]) -> Markup:
    """The part of a text that shows the terms of a search, with these marked."""
    pattern = re.compile("|".join(re.escape(term) for term in terms) or "$.", re.IGNORECASE)
    first = pattern.search(text)
    begin = max(0, first.start() - EXCERPT_LENGTH // 3) if first is not None else 0
    shown = text[begin : begin + EXCERPT_LENGTH]
    pieces = [Markup("…") if begin else Markup()]
    end = 0
    for match in pattern.finditer(shown):
        pieces += [escape(shown[end : match.start()]), Markup("<mark>{}</mark>").format(match[0])]
        end = match.end()
    pieces += [escape(shown[end:]), Markup("…") if begin + EXCERPT_LENGTH < len(text) else Markup()]
    return Markup().join(pieces)
