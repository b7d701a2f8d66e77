"""How a law holds for an operation, in words: which fields of requests, responses and records it is about."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from bodydouble.contracts.core.json_pointer import parts
from bodydouble.contracts.model.contract import Contract, Operation
from bodydouble.contracts.model.filters import Filter
from bodydouble.contracts.model.laws import Law, OperationLaws
from bodydouble.contracts.model.paging import Paging
from bodydouble.contracts.model.request_values import split
from bodydouble.contracts.model.sorting import Sorting
from bodydouble.contracts.reference.places import Place, anchor_of
from bodydouble.contracts.reference.schema_words import written

_MATCHES: Mapping[str, str] = {
    "equal": "is equal to it",
    "contains": "contains it",
    "contains-any-case": "contains it, in any case of letters",
    "prefix": "begins with it",
    "from": "is not less",
    "above": "is more",
    "until": "is not more",
    "one-of": "is one of its values",
    "all-of": "has all of its values",
    "one-contained": "contains one of its parts",
    "all-contained": "contains all of its parts",
    "lacks": "does not have it",
}
_FORMATS = {"date-time": "compared as times", "month": "compared by their months"}
_BEYOND = {"empty": "no records", "last": "the last page again", "failure": "a failure"}
_SHOWN = {
    "number": "the page's number",
    "size": "its size",
    "offset": "its offset",
    "total": "the number of all records",
    "pages": "the number of pages",
}
_ECHOED, _COUNTED = ("number", "size", "offset"), ("total", "pages")
_PARTS = {"body": "body", "query": "query", "path": "path", "header": "headers"}
_SUCCESS = 200


@dataclass(frozen=True, slots=True)
class FieldName:
    """The name of a field in a line, with where it stands.

    Attributes:
        text: as it is shown.
        operation: whose message has it.
        part: `body`, `query`, `path` or `header`.
        pointer: JSON pointer into that part.
        status: of the response that has it; None for the request.
    """

    text: str
    operation: str
    part: str
    pointer: str
    status: int | None = None


@dataclass(frozen=True, slots=True)
class PlaceName:
    """The name of something that has a place of its own in the reference."""

    text: str
    place: Place


# What is shown one after the other; words have their blanks, and their marks for code.
Piece = str | FieldName | PlaceName
Line = tuple[Piece, ...]


def plain_text(line: Line) -> str:
    """The words of a line."""
    return "".join(piece if isinstance(piece, str) else piece.text for piece in line)


class LawWords:
    """The words of an operation's laws.

    Args:
        contract: that has the operation.
        operation: whose laws they are.
        laws: its laws.
    """

    def __init__(self, contract: Contract, operation: Operation, laws: OperationLaws) -> None:
        self._contract, self._operation, self._laws = contract, operation, laws

    def of(self, law: Law) -> Iterator[Line]:
        """The lines of a law."""
        lines = _LINES.get(law)
        return iter(()) if lines is None else lines(self)

    def about(self) -> Iterator[Line]:
        """The lines about its records."""
        laws = self._laws
        if laws.records is not None:
            identified = () if laws.records.id is None else (", identified by ", self._recorded(laws.records.id))
            yield ("Its responses show records in ", self._responded(laws.records.at), *identified, ".")
        if laws.unlisted:
            yield ("It leaves out records in the states ", *self._states(laws.unlisted), ".")
        if laws.within is not None:
            yield ("Records belong to ", *self._requested(laws.within), ": each has records of its own.")
        for pointer, value in laws.rejection.items():
            says = f" `{written(value)}` in a successful response says that nothing was done."
            yield (self._responded(pointer), says)

    def identity(self) -> Iterator[Line]:
        """Lines of `identity`."""
        if self._laws.records is not None and self._laws.records.asked is not None:
            yield ("Asked for by ", *self._requested(self._laws.records.asked), ".")

    def created_shown(self) -> Iterator[Line]:
        """Lines of `created-shown`."""
        laws = self._laws
        if laws.created is not None:
            yield ("The new identifier is ", *self._new_id(laws.created), ".")
        if laws.others is not None:
            yield tuple(self._others())
        if laws.inapplicable:
            yield ("Refused for what it creates, in every state: ", *map(_code, _listed(laws.inapplicable)), ".")

    def _new_id(self, created: str) -> Iterable[Piece]:
        if created.startswith("$"):
            return ("the one that the request gives: ", *self._requested(created))
        return (self._responded(created), " of the response")

    def _others(self) -> Iterator[Piece]:
        others = self._laws.others
        if others is not None:
            verb = "makes" if others.removed_in is None else "removes"
            yield f"It also {verb} records of `{others.resource}`, under the identifiers "
            yield from self._requested(others.ids)
            if others.removed_in is not None:
                yield ", when its own record has come to "
                yield from self._states((others.removed_in,))
            yield "."

    def unique_ids(self) -> Iterator[Line]:
        """Lines of `unique-ids`."""
        if self._laws.again is not None:
            yield ("With ", *self._requested(self._laws.again), ", it may give an identifier that exists.")

    def values_kept(self) -> Iterator[Line]:
        """Lines of `values-kept`."""
        yield from self._target()
        for pointer, expression in self._laws.keeps.items():
            yield (self._recorded(pointer), " of the record is ", *self._requested(expression), ".")
        for pointer, value in self._laws.sets.items():
            yield (self._recorded(pointer), f" of the record is `{written(value)}`.")

    def page_size(self) -> Iterator[Line]:
        """Lines of `page-size`."""
        for page in self._pages():
            usual = "all records" if page.default_size is None else f"{page.default_size}"
            yield ("At most as many as ", *self._requested(page.size), f" says; without it, {usual}.")

    def page_echo(self) -> Iterator[Line]:
        """Lines of `page-echo`."""
        return self._shown(_ECHOED)

    def total(self) -> Iterator[Line]:
        """Lines of `total`."""
        return self._shown(_COUNTED)

    def _shown(self, names: Iterable[str]) -> Iterator[Line]:
        for page in self._pages():
            for name in names:
                if name in page.shown:
                    yield (self._responded(page.shown[name]), f" is {_SHOWN[name]}.")

    def pages(self) -> Iterator[Line]:
        """Lines of `pages`."""
        for page in self._pages():
            if page.number is not None:
                yield (*self._requested(page.number), f" chooses the page; the first is {page.first}.")
            if page.offset is not None:
                counted = "records" if page.offset_counts == "rows" else "pages"
                yield (*self._requested(page.offset), f" says how many {counted} come before.")
            yield (f"Behind the last page: {_BEYOND[page.beyond]}.",)

    def _pages(self) -> Iterator[Paging]:
        if self._laws.page is not None:
            yield self._laws.page

    def filters(self) -> Iterator[Line]:
        """Lines of `filter`."""
        for entry in self._laws.filters:
            yield (*self._requested(entry.by), ": ", *self._compared(entry), *self._notes(entry))

    def _compared(self, entry: Filter) -> Iterator[Piece]:
        if entry.field is None:
            yield "no response shows what it selects"
            return
        for index, place in enumerate((entry.field, *entry.also)):
            yield from ((" or ",) if index else ())
            yield self._recorded(place)
        yield f" {_MATCHES[entry.match]}"
        for variant in entry.variants:
            yield f"; {_MATCHES[variant.match]}, where "
            for index, (expression, value) in enumerate(variant.when.items()):
                yield from ((" and ",) if index else ())
                yield from self._requested(expression)
                yield f" has `{written(value)}`"

    def _notes(self, entry: Filter) -> Iterator[Piece]:
        if entry.format is not None:
            yield f", {_FORMATS[entry.format]}"
        if entry.separator is not None:
            yield f", its parts separated by `{entry.separator}`"
        if entry.ignored:
            listed = " or ".join(f"`{written(value)}`" for value in entry.ignored)
            yield f"; {listed} selects everything"
        if entry.default is not None:
            yield f"; without a value, `{written(entry.default)}`"
        yield from self._translated(entry.values)
        if entry.partial:
            yield "; some of what fits may be left out"
        yield f". Not tested: {entry.untested}" if entry.untested is not None else "."

    def _translated(self, values: Mapping[str, Any]) -> Iterator[Piece]:
        for value, shown in values.items():
            yield f"; for `{value}` records show "
            if isinstance(shown, str) and shown.startswith("$request."):
                yield from self._requested(shown)
            else:
                yield f"`{written(shown)}`"

    def order(self) -> Iterator[Line]:
        """Lines of `order`."""
        sort = self._laws.sort
        if sort is None:
            return
        if sort.by is not None:
            yield (*self._requested(sort.by), " chooses what is sorted by", *self._sort_keys(sort), ".")
        if sort.direction is not None:
            yield (
                *self._requested(sort.direction),
                f" chooses the direction: `{sort.ascending}` or `{sort.descending}`.",
            )
        yield from self._default_order(sort)

    def _sort_keys(self, sort: Sorting) -> Iterator[Piece]:
        for index, (value, pointer) in enumerate(sort.fields.items()):
            yield f"{', ' if index else ': '}`{value}` by "
            yield self._recorded(pointer)

    def _default_order(self, sort: Sorting) -> Iterator[Line]:
        order = sort.default_order
        if order is None:
            yield ("Without it, the order is not stated.",)
        elif order.by is None:
            yield (f"By default in the order of creation, the {'latest' if order.descending else 'earliest'} first.",)
        else:
            yield ("By default by ", self._recorded(order.by), f", {'down' if order.descending else 'up'}wards.")

    def deleted_gone(self) -> Iterator[Line]:
        """Lines of `deleted-gone`."""
        yield from self._target()
        if self._laws.renewed:
            yield ("Made anew at once: ", *map(_code, _listed(self._laws.renewed)), ".")

    def edges(self) -> Iterator[Line]:
        """Lines of `edges`."""
        yield from self._target()
        yield from self._lifecycle("The changes of state are in the lifecycle ")
        exceptions = self._laws.edges
        if exceptions.may_stay:
            yield ("In a state that its own edges lead to, it may succeed and change nothing.",)
        if exceptions.stays:
            yield ("It may succeed and change nothing in ", *self._states(exceptions.stays), ".")
        if exceptions.may_refuse is not None:
            yield (f"It may be refused although an edge leaves the state: {exceptions.may_refuse}",)

    def progress(self) -> Iterator[Line]:
        """Lines of `progress`."""
        return self._lifecycle("Its work goes through the lifecycle ")

    def _lifecycle(self, words: str) -> Iterator[Line]:
        role = self._operation.role
        name = self._laws.resource if role is None else role.lifecycle.name
        if name in self._contract.lifecycles:
            yield (words, PlaceName(name, Place("lifecycle", name)), ".")

    def token_life(self) -> Iterator[Line]:
        """Lines of `token-life`."""
        for purpose, seconds in self._operation.token_lives.items():
            yield (f"The {purpose} token lives {seconds:,} seconds.",)

    def _target(self) -> Iterator[Line]:
        if self._laws.target is not None:
            identified = ""
            if self._laws.target_id is not None:
                identified = f", which is `{_name(self._laws.target_id)}` of the record"
            yield ("The record is named by ", *self._requested(self._laws.target), f"{identified}.")

    def _requested(self, expression: str) -> tuple[Piece, ...]:
        part, name = split(expression)
        pointer = name if part == "body" else f"/{name}"
        return (FieldName(_name(pointer), self._operation.id, part, _concrete(pointer)), f" in the {_PARTS[part]}")

    def _responded(self, pointer: str) -> FieldName:
        return FieldName(pointer or "the body", self._operation.id, "body", _concrete(pointer), self._status())

    def _recorded(self, pointer: str) -> FieldName:
        """A field of a record, in the response of the operation, or of the first one that shows such records."""
        own = self._laws.records is not None
        shows = self._operation if own else next(self._readers(), self._operation)
        base = shows.laws.records.at if shows.laws is not None and shows.laws.records is not None else ""
        below = "" if pointer == "/" else pointer
        status = _success_status(shows)
        return FieldName(_name(pointer) or "itself", shows.id, "body", _concrete(base + below), status)

    def _readers(self) -> Iterator[Operation]:
        for operation in self._contract.operations.values():
            laws = operation.laws
            if laws is not None and laws.resource == self._laws.resource and laws.role in ("read", "list"):
                yield operation

    def _status(self) -> int:
        return _success_status(self._operation)

    def _states(self, names: Iterable[str]) -> Iterator[Piece]:
        for index, name in enumerate(sorted(names)):
            yield from ((", ",) if index else ())
            yield PlaceName(name, Place("lifecycle", self._laws.resource, anchor_of("state", name)))


def _success_status(operation: Operation) -> int:
    statuses = [int(status) for status in operation.responses if status.isdecimal() and int(status) < 300]
    return min(statuses, default=_SUCCESS)


def _name(pointer: str) -> str:
    """A pointer as a person writes it: the name alone, if it is one."""
    return pointer.removeprefix("/") if pointer.count("/") == 1 else pointer


def _concrete(pointer: str) -> str:
    # Items of a list share the place of the list.
    return "".join(f"/{part}" for part in ("0" if key == "*" else key for key in map(_escaped, parts(pointer))))


def _escaped(key: str) -> str:
    return key.replace("~", "~0").replace("/", "~1")


def _listed(names: Iterable[str]) -> Iterator[str]:
    for index, name in enumerate(names):
        yield from ((", ",) if index else ())
        yield name


def _code(text: str) -> str:
    return text if text == ", " else f"`{text}`"


_LINES: Mapping[Law, Callable[[LawWords], Iterator[Line]]] = {
    Law.IDENTITY: LawWords.identity,
    Law.CREATED_SHOWN: LawWords.created_shown,
    Law.UNIQUE_IDS: LawWords.unique_ids,
    Law.VALUES_KEPT: LawWords.values_kept,
    Law.PAGE_SIZE: LawWords.page_size,
    Law.PAGE_ECHO: LawWords.page_echo,
    Law.TOTAL: LawWords.total,
    Law.PAGES: LawWords.pages,
    Law.FILTER: LawWords.filters,
    Law.ORDER: LawWords.order,
    Law.DELETED_GONE: LawWords.deleted_gone,
    Law.EDGES: LawWords.edges,
    Law.PROGRESS: LawWords.progress,
    Law.TOKEN_LIFE: LawWords.token_life,
}
