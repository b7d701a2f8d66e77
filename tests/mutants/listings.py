"""Plantings that break pages, filters and orders of lists."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from tests.mutants.exchange import ABSENT, Exchange
from tests.mutants.model import Plant

Record = dict[str, Any]
# On a page by which a whole list is read; not more than any contract's largest page.
PAGE_ROWS = 100
# Lists of more pages than these stay as they are.
MAX_PAGES = 10


@dataclass(frozen=True, slots=True)
class Listing:
    """How an operation lists records page by page.

    Attributes:
        records, total: pointers into the response; an empty total for none.
        page, size: places of the request (`body:/page`).
        shown_page, shown_size: pointers to their echoes, or empty.
        by_offset: whether `page` is the number of records before the page.
        default_size: records on a page if the request does not say.
    """

    records: str
    total: str
    page: str
    size: str
    shown_page: str = ""
    shown_size: str = ""
    by_offset: bool = False
    default_size: int = 10

    @property
    def first(self) -> int:
        """The number of the first page."""
        return 0 if self.by_offset else 1

    def size_of(self, exchange: Exchange) -> int:
        """The size of the page that a request asks for."""
        return exchange.number(self.size, self.default_size)

    def page_of(self, exchange: Exchange) -> int:
        """The page, or offset, that a request asks for."""
        return exchange.number(self.page, self.first)

    def next_page(self, exchange: Exchange) -> int:
        """The page, or offset, after the one that a request asks for."""
        return self.page_of(exchange) + (self.size_of(exchange) if self.by_offset else 1)

    def rows(self, exchange: Exchange) -> list[Record]:
        """The records of a response."""
        return exchange.get(self.records) or []

    def rows_of(self, exchange: Exchange, **changes: Any) -> list[Record]:
        """The records of the response to the same request with other values; none if it fails."""
        own = Exchange(exchange.endpoint, exchange.operation, exchange.request, exchange.request)
        own.response = exchange.again(**changes)
        return self.rows(own) if own.succeeded else []

    def whole(self, exchange: Exchange) -> list[Record]:
        """The records of all pages of the list that a request asks for."""
        rows: list[Record] = []
        for index in range(MAX_PAGES):
            page = self.first + index * (PAGE_ROWS if self.by_offset else 1)
            part = self.rows_of(exchange, **{self.page: page, self.size: PAGE_ROWS})
            rows += part
            if len(part) < PAGE_ROWS:
                break
        return rows


# Pages.


def one_more(listing: Listing) -> Plant:
    """A full page has the next page's first record, too."""

    def plant(exchange: Exchange) -> None:
        rows = listing.rows(exchange)
        if rows and len(rows) == listing.size_of(exchange):
            following = listing.rows_of(exchange, **{listing.page: listing.next_page(exchange)})
            exchange.edit(listing.records, lambda _: rows + following[:1])

    return plant


def page_ignored(listing: Listing) -> Plant:
    """Every page is the first one; the echo says what was asked for."""

    def plant(exchange: Exchange) -> None:
        if listing.page_of(exchange) != listing.first:
            first = listing.rows_of(exchange, **{listing.page: listing.first})
            exchange.edit(listing.records, lambda _: first)

    return plant


def size_ignored(listing: Listing) -> Plant:
    """A page has the default size, whatever was asked for; the echo says what was asked for."""

    def plant(exchange: Exchange) -> None:
        size = listing.default_size
        if listing.size_of(exchange) != size and listing.page_of(exchange) == listing.first:
            exchange.edit(listing.records, lambda _: listing.rows_of(exchange, **{listing.size: size}))

    return plant


def last_lost(listing: Listing) -> Plant:
    """A full page lacks its last record."""

    def plant(exchange: Exchange) -> None:
        rows = listing.rows(exchange)
        if rows and len(rows) == listing.size_of(exchange):
            exchange.edit(listing.records, lambda _: rows[:-1])

    return plant


def overlapping(listing: Listing) -> Plant:
    """Each later page begins with the last record of the page before it, and loses its own last one."""

    def plant(exchange: Exchange) -> None:
        rows, page = listing.rows(exchange), listing.page_of(exchange)
        if rows and page != listing.first:
            step = listing.size_of(exchange) if listing.by_offset else 1
            before = listing.rows_of(exchange, **{listing.page: max(listing.first, page - step)})
            exchange.edit(listing.records, lambda _: before[-1:] + rows[:-1])

    return plant


def last_repeated(listing: Listing) -> Plant:
    """A page that is beyond the end shows the first page instead of nothing."""

    def plant(exchange: Exchange) -> None:
        if not listing.rows(exchange) and listing.page_of(exchange) != listing.first:
            first = listing.rows_of(exchange, **{listing.page: listing.first})
            exchange.edit(listing.records, lambda _: first)

    return plant


def doubled(listing: Listing) -> Plant:
    """A page shows its first record twice, in place of its second one."""

    def change(rows: list[Record]) -> list[Record]:
        return rows[:1] + rows[:1] + rows[2:] if len(rows) > 1 else rows

    return lambda exchange: exchange.edit(listing.records, change)


def total_is_page(listing: Listing) -> Plant:
    """The total is the number of records on the page."""
    return lambda exchange: exchange.edit(listing.total, lambda _: len(listing.rows(exchange)))


def total_off(listing: Listing, by: int) -> Plant:
    """The total is wrong by a number."""
    return lambda exchange: exchange.edit(listing.total, lambda total: max(0, total + by))


# Filters and order.


def ignored(*places: str) -> Plant:
    """Respond as if the request did not have some values."""

    def plant(exchange: Exchange) -> None:
        if any(exchange.asked(place) not in (None, "") for place in places):
            exchange.repeat(**dict.fromkeys(places, ABSENT))

    return plant


def instead(place: str, change: Callable[[Any], Any], shown: Iterable[str] = ()) -> Plant:
    """Respond as if the request had another value.

    Args:
        change: the value (None if there is none) to the other value; itself or ABSENT for no change.
        shown: pointers whose values stay as they were, because they repeat the request.
    """

    def plant(exchange: Exchange) -> None:
        value = exchange.asked(place)
        other = change(value)
        if other == value:
            return
        echoes = {pointer: exchange.get(pointer) for pointer in shown}
        if exchange.repeat(**{place: other}):
            for pointer, echo in echoes.items():
                exchange.put(pointer, echo)

    return plant


def turned(records: str) -> Plant:
    """The records come in the opposite order."""
    return lambda exchange: exchange.edit(records, lambda rows: rows[::-1])


def loses_match(listing: Listing, *places: str) -> Plant:
    """A filter finds one record too few, and counts so; the lists without the filters are whole."""

    def plant(exchange: Exchange) -> None:
        if any(exchange.asked(place) not in (None, "") for place in places):
            rearrange(exchange, listing, lambda rows: rows[:-1])

    return plant


def turned_whole(listing: Listing, *sort_keys: str) -> Plant:
    """The whole list stands in the opposite order, and so every page of it.

    Args:
        sort_keys: places of the request; with a value in one of them, nothing is changed.
    """
    return _unless_sorted(sort_keys, lambda exchange: rearrange(exchange, listing, lambda rows: rows[::-1]))


def ties_turned(listing: Listing, time: str, *sort_keys: str) -> Plant:
    """Records of the same time stand in the opposite order, in the whole list and so on every page.

    Args:
        time: the field that the list is sorted by.
        sort_keys: places of the request; with a value in one of them, nothing is changed.
    """

    def turned(rows: list[Record]) -> list[Record]:
        return [row for _, ties in groupby(rows, key=lambda row: row[time]) for row in reversed(list(ties))]

    return _unless_sorted(sort_keys, lambda exchange: rearrange(exchange, listing, turned))


def _unless_sorted(sort_keys: Iterable[str], plant: Plant) -> Plant:
    keys = tuple(sort_keys)
    return lambda exchange: None if any(exchange.asked(key) for key in keys) else plant(exchange)


def rearrange(exchange: Exchange, listing: Listing, change: Callable[[list[Record]], list[Record]]) -> None:
    """Respond with the page of a changed list, whose total is right for it; lists of many records stay as they are.

    Args:
        change: the whole list to the list that is shown.
    """
    if (exchange.get(listing.total) or 0) >= MAX_PAGES * PAGE_ROWS:
        return
    size, page = listing.size_of(exchange), listing.page_of(exchange)
    whole = listing.whole(exchange)
    shown = change(whole)
    if shown != whole:
        start = page if listing.by_offset else (page - 1) * size
        exchange.put(listing.records, shown[start : start + size])
        exchange.put(listing.total, len(shown))
