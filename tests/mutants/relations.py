"""Plantings that break the relation between several exchanges: identity, writes, deletion, states."""

from collections.abc import Callable, Iterable
from typing import Any

from tests.mutants.exchange import Exchange
from tests.mutants.listings import Listing, Record, rearrange
from tests.mutants.model import Plant

HTTP_OK = 200

# Identity.


def another(place: str) -> Plant:
    """Respond with another thing than the one asked for: one that was read before."""

    def plant(exchange: Exchange) -> None:
        known = exchange.memory.setdefault("known", [])
        asked = exchange.asked(place)
        other = next((value for value in known if value != asked), None)
        if asked not in known:
            known.append(asked)
        if other is not None:
            exchange.repeat(**{place: other})

    return plant


def first_known(place: str) -> Plant:
    """Respond to a request that fails with the thing that was read first; must see all exchanges first."""

    def plant(exchange: Exchange) -> None:
        if exchange.succeeded:
            exchange.memory.setdefault("first", exchange.asked(place))
        elif "first" in exchange.memory and exchange.response.status == HTTP_OK:
            exchange.repeat(**{place: exchange.memory["first"]})

    return plant


def same_again(place: str) -> Plant:
    """A creation returns the id of the first one."""

    def plant(exchange: Exchange) -> None:
        first = exchange.memory.setdefault("first", exchange.get(place))
        exchange.edit(place, lambda _: first)

    return plant


# Reading what was written.


def forgets(create: str, created: str, place: str, unknown: Any) -> Plant:
    """A read never finds what was created; must see both operations.

    Args:
        created: pointer to the id in the response to the creation.
        place: where the read has the id.
        unknown: an id that does not exist, to be read instead.
    """

    def plant(exchange: Exchange) -> None:
        ids = exchange.memory.setdefault("created", set())
        if exchange.name == create:
            ids.update(map(str, exchange.every(created)))
        elif str(exchange.asked(place)) in ids:
            exchange.response = exchange.again(**{place: unknown})

    return plant


def unlisted(create: str, created: str, listing: Listing, key: str) -> Plant:
    """What was created is in no list, and does not count; must see both operations."""

    def plant(exchange: Exchange) -> None:
        ids = exchange.memory.setdefault("created", set())
        if exchange.name == create:
            ids.update(map(str, exchange.every(created)))
            return
        if exchange.succeeded and ids:
            rearrange(exchange, listing, lambda rows: [row for row in rows if str(row[key]) not in ids])

    return plant


def outdated(update: str, place: str, read: str, pointers: Iterable[str]) -> Plant:
    """After an update, a read still shows some fields as they were before it; must see both operations first.

    Args:
        place: where both have the id.
    """

    def plant(exchange: Exchange) -> None:
        old, key = exchange.memory.setdefault("old", {}), exchange.asked(place)
        if exchange.name == update:
            before = Exchange(exchange.endpoint, None, exchange.request, exchange.request)
            before.response = exchange.call(read, {place: key})
            if exchange.succeeded:
                old.setdefault(key, {pointer: before.get(pointer) for pointer in pointers})
        elif exchange.name == read and key in old and exchange.succeeded:
            for pointer, value in old[key].items():
                exchange.put(pointer, value)

    return plant


# Deletion.


def undead(delete: str, place: str, read: str, asked: str = "") -> Plant:
    """A read still finds what was deleted; must see both operations first.

    Args:
        place: where the deletion has the id.
        asked: where the read has it, if elsewhere.
    """
    asked = asked or place

    def plant(exchange: Exchange) -> None:
        deleted = exchange.memory.setdefault("deleted", {})
        if exchange.name == delete:
            before = exchange.call(read, {asked: exchange.asked(place)})
            if exchange.succeeded:
                deleted[str(exchange.asked(place))] = before
        elif exchange.name == read and str(exchange.asked(asked)) in deleted:
            exchange.response = deleted[str(exchange.asked(asked))]

    return plant


def remembered_read(delete: str, place: str, read: str) -> Plant:
    """A read still shows what it has shown before and was deleted; must see both operations.

    Args:
        place: where both have the id.
    """

    def plant(exchange: Exchange) -> None:
        seen, deleted = (exchange.memory.setdefault(name, {}) for name in ("read", "deleted"))
        key = str(exchange.asked(place))
        if exchange.name == delete:
            if exchange.succeeded and key in seen:
                deleted[key] = seen[key]
        elif exchange.name == read and exchange.succeeded:
            seen[key] = exchange.response
        elif exchange.name == read and key in deleted:
            exchange.response = deleted[key]

    return plant


def still_listed(
    delete: str,
    place: str,
    listing: Listing,
    key: str,
    list_all: Callable[[Exchange], Any],
    fits: Callable[[Exchange, Record], bool] = lambda exchange, row: True,
) -> Plant:
    """A list still shows, and counts, what was deleted; must see both operations first.

    Args:
        fits: whether a record belongs to the list that a request asks for.
        place: where the deletion has the id.
        key: the id's field in a record.
        list_all: asks for the list in which the record is, before it is deleted.
    """

    def plant(exchange: Exchange) -> None:
        deleted = exchange.memory.setdefault("deleted", {})
        if exchange.name == delete:
            before = Exchange(exchange.endpoint, None, exchange.request, exchange.request)
            before.response = list_all(exchange)
            rows = {str(row[key]): row for row in listing.rows(before)}
            name = str(exchange.asked(place))
            if exchange.succeeded and name in rows:
                deleted[name] = rows[name]
        elif exchange.succeeded and deleted:
            more = [row for row in deleted.values() if fits(exchange, row)]
            rearrange(exchange, listing, lambda rows: rows + more)

    return plant


def remembered(delete: str, place: str, listing: Listing, key: str) -> Plant:
    """A list still shows, and counts, what it has shown before and was deleted; must see both operations.

    Args:
        place: where the deletion has the id.
        key: the id's field in a record.
    """

    def plant(exchange: Exchange) -> None:
        seen, deleted = (exchange.memory.setdefault(name, {}) for name in ("seen", "deleted"))
        if exchange.name == delete:
            name = str(exchange.asked(place))
            if exchange.succeeded and name in seen:
                deleted[name] = seen[name]
        elif exchange.succeeded:
            seen |= {str(row[key]): row for row in listing.rows(exchange)}
            if deleted:
                rearrange(exchange, listing, lambda rows: rows + list(deleted.values()))

    return plant


# States.


def history(records: str, key: str, change: Callable[[list[Record]], Record]) -> Plant:
    """Change each record by what was shown of it so far.

    Args:
        change: the correct records so far, the present one last, to the one that is shown.
    """

    def plant(exchange: Exchange) -> None:
        shown = exchange.memory.setdefault("history", {})

        def changed(record: Any) -> Any:
            if not isinstance(record, dict):
                return record
            past = shown.setdefault(str(record.get(key)), [])
            past.append(dict(record))
            return change(past)

        exchange.edit(records, changed)

    return plant


def backwards(records: str, key: str, state: str, ended: Iterable[Any]) -> Plant:
    """After the end was shown once, an earlier record comes once more."""
    ends = tuple(ended)

    def change(past: list[Record]) -> Record:
        over = [record for record in past if record.get(state) in ends]
        before = [record for record in past if record.get(state) not in ends]
        return before[-1] if len(over) == 2 and before else past[-1]

    return history(records, key, change)


def flips(records: str, key: str, state: str, ended: Any, other: Any) -> Plant:
    """After an end was shown once, it is another end."""

    def change(past: list[Record]) -> Record:
        over = [record for record in past if record.get(state) == ended]
        return {**past[-1], state: other} if len(over) > 1 and past[-1].get(state) == ended else past[-1]

    return history(records, key, change)


def stuck(records: str, key: str, state: str, unended: Iterable[Any]) -> Plant:
    """Work that was seen once stays as it was for ever."""
    going = tuple(unended)

    def change(past: list[Record]) -> Record:
        return next((record for record in reversed(past) if record.get(state) in going), past[-1])

    return history(records, key, change)


def by_request(place: str, records: str, state: str, unended: Iterable[Any]) -> Plant:
    """Work that was seen once stays as it was for ever, where a record does not show its id.

    Args:
        place: where the read has the id.
    """
    going = tuple(unended)

    def plant(exchange: Exchange) -> None:
        stays = exchange.memory.setdefault("stays", {})
        name, record = str(exchange.asked(place)), exchange.get(records)
        if isinstance(record, dict) and record.get(state) in going:
            stays[name] = dict(record)
        elif name in stays:
            exchange.put(records, stays[name])

    return plant


def shown_as(records: str, state: str, true: Any, shown: Any) -> Plant:
    """One state is shown as another one."""

    def change(record: Any) -> Any:
        return {**record, state: shown} if isinstance(record, dict) and record.get(state) == true else record

    return lambda exchange: exchange.edit(records, change)


def goes_on(cancel: str, place: str, records: str, key: str, state: str, shown: Any) -> Plant:
    """What was cancelled is shown in another state ever after; must see the cancellation and the reads.

    Args:
        place: where the cancellation has the id.
    """

    def plant(exchange: Exchange) -> None:
        cancelled = exchange.memory.setdefault("cancelled", set())
        if exchange.name == cancel:
            cancelled.add(str(exchange.asked(place)))
            return

        def change(record: Any) -> Any:
            known = isinstance(record, dict) and str(record.get(key)) in cancelled
            return {**record, state: shown} if known else record

        exchange.edit(records, change)

    return plant
