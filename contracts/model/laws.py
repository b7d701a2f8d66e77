"""Laws between requests, as an operation declares them in `x-laws`: its record, its pages, its filters, its order.

The mock server builds its lists by these declarations, and the testers check responses by them, so that the two cannot
drift apart.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import field
from enum import Enum
from typing import Any

from bodydouble.contracts.core.json_pointer import value_at
from bodydouble.contracts.core.late_dataclass import dataclass
from bodydouble.contracts.model.filters import Filter
from bodydouble.contracts.model.lifecycle import Lifecycle
from bodydouble.contracts.model.paging import Paging
from bodydouble.contracts.model.request_values import RequestValues, requested, requested_values
from bodydouble.contracts.model.sorting import Sorting

Record = Mapping[str, Any]


class Law(Enum):
    """A law between requests; its value is its name in specifications and reports."""

    IDENTITY = "identity"
    CREATED_SHOWN = "created-shown"
    VALUES_KEPT = "values-kept"
    UNIQUE_IDS = "unique-ids"
    PAGE_SIZE = "page-size"
    PAGE_ECHO = "page-echo"
    TOTAL = "total"
    PAGES = "pages"
    FILTER = "filter"
    ORDER = "order"
    DELETED_GONE = "deleted-gone"
    EDGES = "edges"
    PROGRESS = "progress"
    ISOLATION = "isolation"
    SIGN_IN = "sign-in"
    TOKEN_LIFE = "token-life"


# What each law requires, in a few words.
DESCRIPTIONS: Mapping[Law, str] = {
    Law.IDENTITY: "only the records that were asked for, each once",
    Law.CREATED_SHOWN: "what was created is shown",
    Law.VALUES_KEPT: "a record shows the values that it was last given",
    Law.UNIQUE_IDS: "a new record gets an identifier that no other has",
    Law.PAGE_SIZE: "no more records than the size of the page",
    Law.PAGE_ECHO: "the number and the size of the page as they were asked for",
    Law.TOTAL: "totals that agree with the records",
    Law.PAGES: "pages that are disjoint, and together the whole list",
    Law.FILTER: "the records that pass the filters, and no others",
    Law.ORDER: "the records in the order that was asked for",
    Law.DELETED_GONE: "what was deleted is shown no more",
    Law.EDGES: "states change only along the edges of the lifecycle",
    Law.PROGRESS: "work ends",
    Law.ISOLATION: "nothing of another account",
    Law.SIGN_IN: "a wrong signature is rejected",
    Law.TOKEN_LIFE: "a token is accepted for as long as it is said to live",
}
# The laws that an operation of a role declares, or gives the reason why it cannot.
LAWS_OF_ROLES: Mapping[str, tuple[Law, ...]] = {
    "create": (Law.CREATED_SHOWN, Law.UNIQUE_IDS, Law.VALUES_KEPT),
    "read": (Law.IDENTITY, Law.ISOLATION),
    "list": (Law.PAGE_SIZE, Law.PAGE_ECHO, Law.TOTAL, Law.PAGES, Law.FILTER, Law.ORDER, Law.ISOLATION),
    "update": (Law.VALUES_KEPT,),
    "delete": (Law.DELETED_GONE,),
    "act": (Law.EDGES,),
    "sign-in": (Law.SIGN_IN, Law.TOKEN_LIFE),
    "other": (),
}


@dataclass(frozen=True, slots=True)
class Records:
    """Where the responses of an operation show records of its resource.

    Attributes:
        at: JSON pointer of the record, or of a list of records; empty for the whole body.
        id: JSON pointer within a record, to its identifier; `/` where the records are bare identifiers; None if the
            response shows none.
        asked: runtime expression of the identifier, or the list of identifiers, that a request asks for; None if it
            asks for none.
    """

    at: str
    id: str | None = None
    asked: str | None = None

    def of(self, body: Any) -> list[Record] | None:
        """The records of a response's body; None if the body has no place for them."""
        place = value_at(body, self.at)
        if isinstance(place, Mapping):
            return [place]
        if not isinstance(place, list):
            return None
        # A bare identifier is a record whose only key is the empty one, as the pointer `/` has it.
        entries = [{"": entry} if isinstance(entry, str | int) else entry for entry in place]
        return [entry for entry in entries if isinstance(entry, Mapping)]

    def id_of(self, record: Record) -> str | None:
        """The identifier of a record, as text; None if it has none."""
        value = None if self.id is None else value_at(record, self.id)
        return None if value is None or isinstance(value, dict | list) else str(value)

    def requested_ids(self, request: RequestValues) -> tuple[str, ...]:
        """The identifiers that a request asks for, as text."""
        value = None if self.asked is None else requested(self.asked, request)
        if value is None:
            return ()
        return tuple(map(str, value)) if isinstance(value, list | tuple) else (str(value),)


@dataclass(frozen=True, slots=True)
class OtherRecords:
    """Records of another resource that a create makes, or removes, under identifiers that the caller chooses.

    Attributes:
        ids: runtime expression of the identifiers, in which `*` stands for every item of a list.
        removed_in: the state of the created record in which they are removed; None if they are made, at once.
    """

    resource: str
    ids: str
    removed_in: str | None = None

    def ids_of(self, request: RequestValues) -> tuple[str, ...]:
        """The identifiers in a request, each once; those inside JSON text, too."""
        return tuple(dict.fromkeys(map(str, requested_values(self.ids, request))))


@dataclass(frozen=True, slots=True)
class EdgeExceptions:
    """Where an operation that takes edges of a lifecycle does not take one, and is right.

    Attributes:
        may_stay: in a state that its own edges lead to, it may succeed and leave the state as it is: an update of other
            fields, a delete of what is deleted.
        may_refuse: why it may be refused although an edge leaves the state; None if it may not.
        stays: names of further states in which it may succeed and leave the state as it is.
    """

    may_stay: bool = False
    may_refuse: str | None = None
    stays: frozenset[str] = frozenset()

    @classmethod
    def from_specification(cls, content: Mapping[str, Any]) -> "EdgeExceptions":
        """Build them from `x-laws.edges`."""
        return cls(**{**content, "stays": frozenset(content.get("stays", ()))})


@dataclass(frozen=True, slots=True)
class OperationLaws:
    """What an operation declares of the laws between requests.

    A law that is neither declared nor has a reason is an error at load.

    Attributes:
        resource: the name of the kind of record that it is about; empty for none.
        role: `create` (also by copying), `read`, `list`, `update`, `delete`, `act`, `sign-in` or `other`.
        records: where its responses show records.
        created: JSON pointer of the new identifier in the response of a create; or the runtime expression of one that
            the request gives.
        target: runtime expression of the identifier of the record that a request changes, copies or deletes.
        within: runtime expression of what the records belong to, such as an account in the path: each has records of
            its own; None if the sender alone says so.
        renewed: identifiers of records that a delete makes anew at once.
        inapplicable: operationIds of what is refused for the records that a create makes, whatever their state.
        target_id: JSON pointer within a record of the identifier that `target` means, where it is not the one by which
            reads ask.
        again: runtime expression of a value with which a create may give an identifier that exists: of the record to
            submit anew, or of the caller's own, by which it repeats an earlier create.
        rejection: by JSON pointer into a successful response, the value by which it says that nothing was done.
        others: what a create makes or removes of another resource.
        unlisted: names of the states whose records a list leaves out.
        keeps: by JSON pointer within a record as reads show it, the runtime expression of the value that a create or
            update has given it.
        sets: by JSON pointer within a record as reads show it, the value that the operation gives it in any case.
        page, filters, sort: of a list.
        edges: exceptions of the edges that it takes.
        untested: by law, why it is not declared.
        required: the laws that concern it: each is declared, or stands in `untested`.
    """

    resource: str
    role: str
    records: Records | None = None
    created: str | None = None
    target: str | None = None
    within: str | None = None
    renewed: tuple[str, ...] = ()
    inapplicable: tuple[str, ...] = ()
    target_id: str | None = None
    again: str | None = None
    rejection: Mapping[str, Any] = field(default_factory=dict, hash=False)
    unlisted: frozenset[str] = frozenset()
    keeps: Mapping[str, str] = field(default_factory=dict, hash=False)
    sets: Mapping[str, Any] = field(default_factory=dict, hash=False)
    page: Paging | None = None
    filters: tuple[Filter, ...] = ()
    sort: Sorting | None = None
    edges: EdgeExceptions = EdgeExceptions()
    untested: Mapping[Law, str] = field(default_factory=dict, hash=False)

    required: tuple[Law, ...] = ()
    others: OtherRecords | None = None

    @classmethod
    def from_specification(cls, content: Mapping[str, Any], lifecycle_laws: Iterable[Law]) -> "OperationLaws":
        """Build them from the `x-laws` of an operation.

        Args:
            lifecycle_laws: those that follow from its part in a lifecycle: `edges`, `progress`.

        Raises:
            ValueError: a law of the role is neither declared nor given a reason, or both.
        """
        laws = cls(
            content.get("resource", ""),
            content["role"],
            Records(**content["records"]) if "records" in content else None,
            content.get("created"),
            content.get("target"),
            content.get("within"),
            tuple(content.get("renewed", ())),
            tuple(content.get("inapplicable", ())),
            content.get("target_id"),
            content.get("again"),
            content.get("rejection", {}),
            frozenset(content.get("unlisted", ())),
            content.get("keeps", {}),
            content.get("sets", {}),
            Paging.from_specification(content["page"]) if "page" in content else None,
            tuple(map(Filter.from_specification, content.get("filters", ()))),
            Sorting.from_specification(content["sort"]) if "sort" in content else None,
            EdgeExceptions.from_specification(content.get("edges", {})),
            {Law(name): reason for name, reason in content.get("untested", {}).items()},
            tuple(dict.fromkeys((*LAWS_OF_ROLES[content["role"]], *_identity(content), *lifecycle_laws))),
            OtherRecords(**content["others"]) if "others" in content else None,
        )
        laws._check()
        return laws

    def target_ids(self, request: RequestValues) -> tuple[str, ...]:
        """The identifiers of the records that a request changes, copies or deletes, as text."""
        value = None if self.target is None else requested(self.target, request)
        if value is None:
            return ()
        return tuple(map(str, value)) if isinstance(value, list | tuple) else (str(value),)

    def scoped(self, request: RequestValues | None, identifier: str) -> str:
        """An identifier with what its record belongs to, so that it is unique among all records of a sender."""
        owner = None if self.within is None or request is None else requested(self.within, request)
        return identifier if owner is None else f"{owner}/{identifier}"

    def given_values(self, request: RequestValues) -> dict[str, Any]:
        """What a request gives its record, by JSON pointer within the record as reads show it."""
        requested_values = {place: requested(expression, request) for place, expression in self.keeps.items()}
        return {**{place: value for place, value in requested_values.items() if value is not None}, **self.sets}

    @property
    def declared(self) -> frozenset[Law]:
        """The laws that the declarations allow to check."""
        return frozenset(self._declared())

    def check_states(self, lifecycle: Lifecycle | None) -> None:
        """Require the states that it names to be those of its resource.

        Args:
            lifecycle: the one that has the resource's name; None if there is none.

        Raises:
            ValueError: it names another state.
        """
        named = {self.others.removed_in} if self.others is not None and self.others.removed_in is not None else set()
        unknown = (self.edges.stays | self.unlisted | named) - (set() if lifecycle is None else lifecycle.states.keys())
        if unknown:
            raise ValueError(f"x-laws: no lifecycle {self.resource!r} with the states {', '.join(sorted(unknown))}")

    def gives_new_id(self, request: RequestValues) -> bool:
        """Whether the identifier that a create responds to a request with must be a new one."""
        return self.again is None or requested(self.again, request) in (None, "")

    def rejects(self, body: Any) -> bool:
        """Whether a successful response says that nothing was done."""
        return bool(self.rejection) and all(value_at(body, at) == value for at, value in self.rejection.items())

    def _declared(self) -> Iterator[Law]:
        page = self.page
        tests: dict[Law, object] = {
            Law.IDENTITY: self.records is not None and self.records.id and self.records.asked,
            Law.ISOLATION: self.records,
            Law.CREATED_SHOWN: self.created,
            Law.UNIQUE_IDS: self.created,
            Law.VALUES_KEPT: self.keeps or self.sets,
            Law.PAGE_SIZE: page,
            Law.PAGE_ECHO: page is not None and page.echoes,
            Law.TOTAL: page is not None and page.shows_total,
            Law.PAGES: page is not None and page.turns,
            Law.FILTER: any(entry.untested is None for entry in self.filters),
            Law.ORDER: self.sort is not None,
            Law.DELETED_GONE: self.target,
            Law.EDGES: self.target,
            Law.PROGRESS: True,
            Law.SIGN_IN: True,
            Law.TOKEN_LIFE: True,
        }
        yield from (law for law in self.required if tests[law] and law not in self.untested)

    def _check(self) -> None:
        declared = self.declared
        for law in self.required:
            if law not in declared and law not in self.untested:
                raise ValueError(f"x-laws: {law.value} is neither declared nor among `untested`, with the reason")
        unknown = [law.value for law in self.untested if law not in self.required]
        if unknown:
            raise ValueError(f"x-laws: {', '.join(unknown)} do not concern this operation")


def _identity(content: Mapping[str, Any]) -> tuple[Law, ...]:
    # A response to an act or an update may repeat the identifier that the request has.
    records = content.get("records", {})
    return (Law.IDENTITY,) if records.keys() >= {"id", "asked"} else ()
