"""A small endpoint of records in this process, with a contract that declares all its laws, and faults to plant."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from bodydouble.contracts.core.wire import WireRequest, WireResponse
from bodydouble.contracts.model.contract import Contract, Operation
from bodydouble.contracts.model.exchange import OperationExchange
from bodydouble.contracts.model.filters import selects
from bodydouble.contracts.model.links import request_of
from tests.support import specification

_ID = {"type": "integer", "minimum": 1}
_TEXT = {"type": "string", "minLength": 1}
_BOOK = {
    "type": "object",
    "required": ["id", "name", "shelf", "pages", "state"],
    "properties": {
        "id": _ID,
        "name": _TEXT,
        "shelf": _TEXT,
        "pages": {"type": "integer"},
        "state": {},
        "author": _TEXT,
    },
}
_PATH_ID = {"name": "id", "in": "path", "required": True, "schema": _ID, "example": 1}
_NO_ISOLATION = {"isolation": "There is one account."}
_NUMBERS = ("pageNo", "pageSize", "total", "pages")
# What is changed in the data of a response to an operation, with the decoded request.
Fault = Callable[[Any, Any], Any]


def _operation(name: str, laws: dict[str, Any], data: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "operationId": name,
        "summary": name,
        "x-laws": laws,
        "x-errors": ["thingNotFound"],
        "responses": specification._responses(data),
        **more,
    }


def _body(example: dict[str, Any], **properties: Any) -> dict[str, Any]:
    required = [name for name in example if name in ("name", "ids")]
    schema = {"type": "object", "required": required, "properties": properties}
    return {"required": True, "content": {"application/json": {"schema": schema, "example": example}}}


def _paths() -> dict[str, Any]:
    pages = {name: {"type": "integer"} for name in _NUMBERS}
    listed = {"type": "object", "properties": {"records": {"type": "array", "items": _BOOK}, **pages}}
    keeps = {"/name": "$request.body#/name", "/pages": "$request.body#/pages"}
    given = {"name": _TEXT, "shelf": _TEXT, "pages": {"type": "integer", "minimum": 1}, "author": _TEXT}
    exact = {"when": {"$request.body#/exact": True}, "match": "equal"}
    list_laws = {
        "resource": "thing",
        "role": "list",
        "records": {"at": "/data/records", "id": "/id"},
        "page": {
            "number": "$request.body#/page",
            "size": "$request.body#/size",
            "shown": {
                "number": "/data/pageNo",
                "size": "/data/pageSize",
                "total": "/data/total",
                "pages": "/data/pages",
            },
        },
        "filters": [
            {"by": "$request.body#/name", "field": "/name", "match": "contains-any-case", "variants": [exact]},
            {"by": "$request.body#/shelf", "field": "/shelf"},
            {"by": "$request.body#/shelves", "field": "/shelf", "match": "one-of", "separator": ","},
            {"by": "$request.body#/author", "field": "/author", "untested": "Only a read shows the author."},
        ],
        "sort": {
            "by": "$request.body#/sortBy",
            "direction": "$request.body#/direction",
            "fields": {"name": "/name", "pages": "/pages"},
            "default": "/id",
            "default_descending": True,
        },
        "untested": _NO_ISOLATION,
    }
    asked = {
        "page": {"type": "integer", "minimum": 1},
        "size": {"type": "integer", "minimum": 1, "maximum": 50},
        "name": _TEXT,
        "shelf": _TEXT,
        "shelves": _TEXT,
        "author": _TEXT,
        "exact": {"type": "boolean"},
        "sortBy": {"enum": ["name", "pages"]},
        "direction": {"enum": ["asc", "desc"]},
    }
    create = {"resource": "thing", "role": "create", "created": "/data/id", "keeps": keeps}
    read = {"resource": "thing", "role": "read", "untested": _NO_ISOLATION}
    single = {"records": {"at": "/data", "id": "/id", "asked": "$request.path.id"}}
    several = {"records": {"at": "/data", "id": "/id", "asked": "$request.body#/ids"}}
    change = {"resource": "thing", "target": "$request.path.id"}
    books = {"type": "array", "items": _BOOK}
    ids = {"type": "array", "items": _ID, "minItems": 1}
    named: dict[str, Any] = {"parameters": [_PATH_ID]}
    example = {"name": "Emma", "shelf": "north", "pages": 300}
    return {
        "/books": {
            "post": _operation("addBook", create, {"type": "object"}, requestBody=_body(example, **given)),
        },
        "/books/list": {"post": _operation("listBooks", list_laws, listed, requestBody=_body({"page": 1}, **asked))},
        "/books/get": {
            "post": _operation("getBooks", read | several, books, requestBody=_body({"ids": [1]}, ids=ids)),
        },
        "/books/{id}": {
            "get": _operation("getBook", read | single, _BOOK, **named),
            "put": _operation(
                "changeBook",
                {**change, "role": "update", "keeps": keeps},
                {},
                **named,
                requestBody=_body(example, **given),
            ),
            "delete": _operation("deleteBook", {**change, "role": "delete"}, {}, **named),
        },
    }


@cache
def shelf_contract() -> Contract:
    """The contract of the endpoint."""
    content = specification.content()
    content["paths"] = _paths()
    content["security"] = []
    lifecycle = content["x-lifecycles"]["thing"]
    del lifecycle["states"]["success"]["callback"]
    lifecycle["edges"] = [edge for edge in lifecycle["edges"] if "by" not in edge]
    for name, role in (("addBook", "create"), ("getBook", "get"), ("listBooks", "list")):
        operation = next(
            entry for path in content["paths"].values() for entry in path.values() if entry["operationId"] == name
        )
        operation["x-lifecycle"] = {"name": "thing", "role": role}
        if role == "create":
            operation["x-laws"]["untested"] = {"progress": "Nothing takes time."}
    return specification.contract(content)


def _plain(records: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return records


@dataclass
class Shelf:
    """The endpoint.

    Attributes:
        faults: by operationId, what is changed in the data of its successful responses.
        ignores: names of fields of a list's request that it does not see.
        misread: what a list takes its request's body for.
        select: what becomes of the records of a list before they are divided into pages.
    """

    faults: Mapping[str, Fault] = field(default_factory=dict)
    ignores: frozenset[str] = frozenset()
    misread: Callable[[dict[str, Any]], dict[str, Any]] = dict
    select: Callable[[list[dict[str, Any]]], list[dict[str, Any]]] = _plain
    records: dict[int, dict[str, Any]] = field(default_factory=dict)
    sent: list[OperationExchange] = field(default_factory=list)

    def call(self, operation: Operation, request: WireRequest) -> OperationExchange:
        """Respond to a request."""
        parsed = operation.parse(request, operation.path_values(request.path) or {})
        if parsed.violations:
            content: dict[str, Any] = {"code": 1001, "message": f"invalid: {parsed.violations[0]}"}
        else:
            content = self._content(operation, parsed)
        body = json.dumps(content).encode()
        response = WireResponse(200, {"content-type": "application/json", "x-remaining": "7"}, body)
        exchange = OperationExchange(shelf_contract(), operation, request, response)
        self.sent.append(exchange)
        return exchange

    def do(self, name: str, body: Any = None, **path: Any) -> OperationExchange:
        """Call an operation by its name."""
        operation = shelf_contract().operations[name]
        return self.call(operation, request_of(operation, path, body))

    def fill(self, count: int) -> None:
        """Put some books on the shelf, without requests."""
        for number in range(count):
            self._add({"name": f"Book {number % 5}", "shelf": ("north", "south")[number % 2], "pages": 100 + number})

    def _content(self, operation: Operation, request: Any) -> dict[str, Any]:
        try:
            data = getattr(self, f"_{operation.id}")(request)
        except KeyError:
            return {"code": 2003, "message": "No such thing"}
        fault = self.faults.get(operation.id)
        return {"code": 0, "data": fault(data, request) if fault is not None else data}

    def _add(self, content: Mapping[str, Any]) -> int:
        identifier = max(self.records, default=100) + 1
        self.records[identifier] = {"shelf": "north", "pages": 1, "state": 0, **content, "id": identifier}
        return identifier

    def _addBook(self, request: Any) -> Any:
        return {"id": self._add(request.body)}

    def _getBook(self, request: Any) -> Any:
        return self.records[request.path["id"]]

    def _getBooks(self, request: Any) -> Any:
        return [self.records[entry] for entry in dict.fromkeys(request.body["ids"]) if entry in self.records]

    def _changeBook(self, request: Any) -> Any:
        self.records[request.path["id"]] |= request.body
        return {}

    def _deleteBook(self, request: Any) -> Any:
        del self.records[request.path["id"]]
        return {}

    def _listBooks(self, request: Any) -> Any:
        laws = shelf_contract().operations["listBooks"].laws
        assert laws is not None
        assert laws.page is not None
        assert laws.sort is not None
        body = {name: value for name, value in request.body.items() if name not in self.ignores}
        seen = type(request)({}, {}, {}, self.misread(body))
        order = laws.sort.order(seen)
        assert order is not None
        rows = self.select(order.sorted([row for row in self.records.values() if selects(laws.filters, seen, row)]))
        page = laws.page.requested(seen)
        numbers = {place.rpartition("/")[2]: value for place, value in laws.page.expected(page, len(rows)).items()}
        shown = [{name: value for name, value in row.items() if name != "author"} for row in page.of(rows)]
        return {"records": shown, **numbers}
