"""Faults of SoftSugar's responses."""

from typing import Any

from tests.mutants import listings as l
from tests.mutants import plants as p
from tests.mutants import relations as r
from tests.mutants.exchange import Exchange
from tests.mutants.model import Kind, mutant

PAGE = l.Listing(
    *("/data/result", "/data/pagination/numberRecords", "body:/pageNo", "body:/pageSize"),
    *("/data/pagination/pageNo", "/data/pagination/pageSize"),
)
DENIED = ("tokenMissing", "tokenInvalid", "tokenExpired")
DONE = {"code": 0, "message": "success", "data": None}
EXPIRED = {"code": 40103, "message": "The token has expired", "data": None}
INVALID = {"code": 3333, "message": "The request parameter is invalid", "data": None}
FOREIGN = {"code": 40499, "message": "Nothing here", "data": None}
TASKS = "/data/*"
ENDED = (3, 5, 9)
# The tasks of the catalogue have smaller numbers.
MIN_NEW_TASK = 1_000_000_000


def _without_deleted(exchange: Exchange, ids: set[str]) -> Any:
    return [row for row in exchange.get("/data") or [] if str(row["id"]) not in ids]


def _task_is_lost(exchange: Exchange) -> None:
    ids = exchange.memory.setdefault("created", set())
    if exchange.name == "createFaceSwap":
        ids.add(str(exchange.get("/data")))
    elif exchange.succeeded:
        exchange.edit("/data", lambda _: _without_deleted(exchange, ids))


def _deleted_is_found(exchange: Exchange) -> None:
    deleted = exchange.memory.setdefault("deleted", {})
    number = exchange.asked("query:id") or exchange.asked("path:id")
    if exchange.name != "getTasks":
        before = exchange.call("getTasks", {"body:": {"ids": [int(number)]}}) if str(number).isdigit() else None
        if before is not None and exchange.succeeded:
            deleted[str(number)] = before
    elif exchange.succeeded:
        missing = [number for number in map(str, exchange.asked("body:/ids")) if number in deleted]
        rows = [row for number in missing for row in p.parsed(deleted[number])["data"]]
        exchange.edit("/data", lambda present: present + [row for row in rows if row not in present])


def _list_with(exchange: Exchange) -> Any:
    number = exchange.asked("query:id")
    rows = (
        p.parsed(exchange.call("getTasks", {"body:": {"ids": [int(number)]}}))["data"] if str(number).isdigit() else []
    )
    kind = rows[0]["algoType"] if rows else 14
    # The longest page, so that the task is on it.
    return exchange.call("listTasks", {"body:": {"algoType": kind, "pageNo": 1, "pageSize": 100}})


def _file_is_lost(exchange: Exchange) -> None:
    exchange.edit("/data", lambda rows: [row for row in rows if row["taskId"] < MIN_NEW_TASK])


def _removed_is_found(exchange: Exchange) -> None:
    known = exchange.memory.setdefault("files", {})
    known.update({row["fileId"]: row for row in exchange.get("/data") or []})
    shown = {row["fileId"] for row in exchange.get("/data") or []}
    names = dict.fromkeys(str(exchange.asked("query:fileIds") or "").split(","))
    lost = [known[name] for name in names if name in known and name not in shown]
    if lost:
        exchange.edit("/data", lambda rows: rows + lost)


MESSAGES = (
    mutant("task-number-is-text", Kind.TYPE, "createFaceSwap", "the number of a new task is a text",
           p.edit("/data", str)),
    mutant("algo-type-is-text", Kind.TYPE, "getTasks", "the type of tasks is a text", p.edit("/data/*/algoType", str)),
    mutant("code-is-text", Kind.TYPE, "listTasks", "code 0 is a text", p.edit("/code", str)),
    mutant("inner-gender-is-text", Kind.TYPE, "getPublicAvatars", "a number in the JSON text of extendParam is a text",
           p.edit("/data/*/extendParam", p.inner("/gender", "female"))),
    mutant("no-message", Kind.MISSING, "getTasks", "a success has no message", p.dropped("/message")),
    mutant("listed-without-status", Kind.MISSING, "listTasks", "one task of a list has no status",
           p.dropped("/data/result/*/status", first=True)),
    mutant("no-start-index", Kind.MISSING, "listPublicQidVoices", "a page does not say where it starts",
           p.dropped("/data/pagination/startIndex")),
    mutant("status-is-null", Kind.NULL, "getTasks", "tasks in work have no status",
           r.shown_as(TASKS, "status", 2, None), also=("createFaceSwap",)),
    mutant("file-url-is-null", Kind.NULL, "listPreheatedFiles", "one file has no URL",
           p.replaced("/data/*/fileId", None, first=True)),
    mutant("unknown-status", Kind.ENUM, "getTasks", "tasks in work show 4", r.shown_as(TASKS, "status", 2, 4),
           also=("createFaceSwap",)),
    mutant("unknown-file-status", Kind.ENUM, "listPreheatedFiles", "a file shows 7",
           p.replaced("/data/*/status", 7, first=True)),
    mutant("slashes-in-time", Kind.FORMAT, "listTasks", "times have slashes",
           p.edit("/data/result/*/startTime", lambda time: time and time.replace("-", "/"))),
    mutant("iso-end-time", Kind.FORMAT, "getTasks", "the end of a task is written as in ISO 8601",
           p.edit("/data/*/endTime", lambda time: time and time.replace(" ", "T"))),
    mutant("result-is-no-json", Kind.JSON, "getTasks", "the JSON text of a result has single quotes",
           p.edit("/data/*/productParam", lambda text: text and text.replace('"', "'"))),
    mutant("duplicate-code", Kind.JSON, "listBills", "the code stands there twice", p.text('{"code"',
           '{"code":1,"code"')),
    mutant("trailing-comma", Kind.JSON, "listPublicLiveScripts", "a comma before the end", p.text("]}}", "],}}")),
    mutant("text-plain", Kind.CONTENT_TYPE, "listPreheatedFiles", "the content type is text/plain",
           p.header("content-type", "text/plain")),
    mutant("no-content-type", Kind.CONTENT_TYPE, "cancelTask", "there is no content type", p.header("content-type",
           None)),
    mutant("created-202", Kind.STATUS, "createTranscoding", "a creation has the status 202", p.status(202)),
    mutant("denied-200", Kind.STATUS, "listTasks getTasks", "a missing token has the status 200",
           p.when(p.case(*DENIED), p.status(200)), on="failure"),
    mutant("no-allow", Kind.HEADER, "", "405 comes without the header Allow",
           p.when(lambda e: e.status == 405, p.header("allow", None)), on="any"),
    mutant("phases-for-tasks", Kind.OTHER_BODY, "getTasks getTaskPhases", "the phases of a task come for its record",
           p.replayed("getTaskPhases")),
    mutant("unlisted-code", Kind.ERROR_CASE, "deleteTask", "an unknown task has a code of no list",
           p.when(p.case("taskNotFound"), p.responds(FOREIGN)), on="failure"),
    mutant("not-found-500", Kind.ERROR_CASE, "cancelTask", "an unknown task is an internal error",
           p.when(p.case("taskNotFound"), p.responds({"code": 50000, "message": "Internal error", "data": None}, 500)),
           on="failure"),
)  # fmt: skip
REQUESTS = (
    mutant("any-token-accepted", Kind.CREDENTIALS, "listTasks", "any token will do",
           p.when(p.with_credential, p.accepts(p.case(*DENIED))), on="failure"),
    mutant("no-token-needed", Kind.CREDENTIALS, "getTasks", "no token is needed",
           p.when(p.without_credential, p.accepts(p.case(*DENIED))), on="failure"),
    mutant("any-token-cancels", Kind.CREDENTIALS, "cancelTask", "any token cancels a task",
           p.treats_as_own(p.case(*DENIED)), on="failure", also=("createTranscoding", "createFaceSwap", "getTasks")),
    mutant("any-token-deletes", Kind.CREDENTIALS, "createFaceSwap", "any token creates a face swap",
           p.accepts(p.case(*DENIED)), on="failure"),
    mutant("bad-sign-accepted", Kind.SIGN_IN, "createToken", "a token is issued for a wrong signature",
           p.accepts_bad_sign("body:/sign"), on="failure"),
    mutant("stale-sign-accepted", Kind.SIGN_IN, "createToken", "a signature never expires",
           p.accepts_stale_sign("body:/sign"), on="failure"),
    mutant("token-dies-early", Kind.SIGN_IN, "", "a token expires after 80 requests, long before its time",
           p.when(lambda e: e.name.startswith("list") and e.succeeded,
                  p.rejects(p.more_than(80), p.responds(EXPIRED, 401))), on="any"),
    mutant("missing-video-accepted", Kind.INVALID_ACCEPTED, "createFaceSwap", "a face swap needs no video",
           p.accepts(p.missing("body:/videoUrl"), **{"body:/videoUrl": "https://example.com/video.mp4"}), on="failure"),
    mutant("page-zero-accepted", Kind.INVALID_ACCEPTED, "listPublicAvatars", "page 0 is the first page",
           p.accepts(p.asks("body:/pageNo", lambda page: page == 0), **{"body:/pageNo": 1}), on="failure"),
    mutant("any-status-accepted", Kind.INVALID_ACCEPTED, "listTasksWithQueue", "an unknown status means all",
           p.accepts(p.asks("body:/status", lambda status: status not in (-1, 0, 1, 2, 3, 5, 9)),
           **{"body:/status": -1}),
           on="failure"),
    mutant("missing-owner-accepted", Kind.INVALID_ACCEPTED, "listTasks", "a list needs no type",
           p.accepts(p.missing("body:/algoType"), **{"body:/algoType": 14}), on="failure"),
    mutant("no-inner-json-accepted", Kind.MALFORMED_ACCEPTED, "createTranscoding",
           "param may be a text that is no JSON",
           p.accepts(lambda e: not p.is_json(e.asked("body:/param")),
                     **{"body:/param": '[{"fileUrl": "https://example.com/video.mp4"}]'}), on="failure"),
    mutant("malformed-accepted", Kind.MALFORMED_ACCEPTED, "getPublicAvatars", "a body that is no JSON means no ids",
           p.accepts(p.case("malformedBody"), **{"body:": {"ids": [13]}}), on="failure"),
    mutant("plain-text-accepted", Kind.MALFORMED_ACCEPTED, "listTasks", "text/plain is accepted",
           p.accepts(p.case("unsupportedMediaType"), **{"body:": {"algoType": 14}}), on="failure"),
    mutant("one-id-rejected", Kind.VALID_REJECTED, "getPublicQidVoices", "a list of one id is rejected",
           p.when(p.asks("body:/ids", lambda ids: len(ids) == 1), p.responds(INVALID))),
    mutant("descending-rejected", Kind.VALID_REJECTED, "listPublicLiveScripts",
           "sorting without a direction is rejected",
           p.when(p.asks("body:/sortValue", lambda value: value == ""), p.responds(INVALID))),
    mutant("put-lists", Kind.METHOD, "", "PUT is accepted where POST is declared", p.accepts_method("listTasks", "PUT"),
           on="any", also=("listTasks",)),
)  # fmt: skip
RELATIONS = (
    mutant("goes-back", Kind.STATES, "getTasks", "an ended task is in work once more",
           r.backwards(TASKS, "id", "status", ENDED), also=("createFaceSwap",)),
    mutant("completed-then-error", Kind.STATES, "getTasks", "a completed task has failed at the next look",
           r.flips(TASKS, "id", "status", 5, 9), also=("createTranscoding",)),
    mutant("waits-after-work", Kind.STATES, "getTasks", "a task in work waits again",
           r.history(TASKS, "id", lambda past: {**past[-1], "status": 1}
                     if [row["status"] for row in past].count(2) > 1 and past[-1]["status"] == 2 else past[-1]),
           also=("createFaceSwap",), account={"pace": 200}),
    mutant("never-ends", Kind.PROGRESS, "getTasks", "a task is in work for ever",
           r.stuck(TASKS, "id", "status", (0, 1, 2)), also=("createFaceSwap",)),
    mutant("wrong-tasks", Kind.IDENTITY, "getTasks", "the tasks that are read are others than those asked for",
           p.edit("/data/*/id", lambda number: number + 1)),
    mutant("other-avatars", Kind.IDENTITY, "getPublicAvatars", "avatar 13 comes for whatever single id",
           p.when(p.asks("body:/ids", lambda ids: 13 not in ids), l.instead("body:/ids", lambda ids: [13]))),
    mutant("more-tasks", Kind.IDENTITY, "getTasks", "a read of tasks returns one that was not asked for, too",
           l.instead("body:/ids", lambda ids: [*ids, 7] if 7 not in ids else ids)),
    mutant("other-files", Kind.IDENTITY, "listPreheatedFiles", "the files have other ids than those asked for",
           p.edit("/data/*/fileId", lambda name: name[:-1] + "9")),
    mutant("one-number-for-all", Kind.READ_YOUR_WRITES, "createTranscoding", "creations return the number of the first",
           r.same_again("/data")),
    mutant("task-is-lost", Kind.READ_YOUR_WRITES, "createFaceSwap getTasks", "a new task is never found", _task_is_lost,
           on="any"),
    mutant("task-is-unlisted", Kind.READ_YOUR_WRITES, "createTranscoding listTasks listTasksWithQueue",
           "new tasks are in no list", r.unlisted("createTranscoding", "/data", PAGE, "id"), on="any"),
    mutant("name-is-lost", Kind.READ_YOUR_WRITES, "getTasks", "the name of a task's material is not kept",
           p.replaced("/data/*/materialName", "unnamed"), also=("createFaceSwap",)),
    mutant("file-is-lost", Kind.READ_YOUR_WRITES, "listPreheatedFiles", "files that were preheated are not found",
           _file_is_lost, also=("createFilePreheating",)),
    mutant("one-more", Kind.PAGES, "listPublicAvatars", "a full page has one record more", l.one_more(PAGE)),
    mutant("first-page-only", Kind.PAGES, "listPublicQidVoices", "every page is the first one", l.page_ignored(PAGE)),
    mutant("last-lost", Kind.PAGES, "listPublicVideoTemplates", "a full page lacks its last record", l.last_lost(PAGE)),
    mutant("total-minus-1", Kind.PAGES, "listPublicLegacyVoices", "the total is 1 too small", l.total_off(PAGE, -1)),
    mutant("pages-rounded-down", Kind.PAGES, "listPublicAvatars", "the number of pages is rounded down",
           lambda e: e.edit("/data/pagination/numberPages", lambda _: e.get(PAGE.total) // PAGE.size_of(e))),
    mutant("start-index-0", Kind.PAGES, "listPublicQidVoices", "every page starts at 0",
           p.replaced("/data/pagination/startIndex", 0)),
    mutant("size-ignored", Kind.PAGES, "listPublicLiveScripts", "a page has 10 records, whatever was asked for",
           l.size_ignored(PAGE)),
    mutant("type-ignored", Kind.FILTERS, "listTasks", "tasks of another type come",
           l.instead("body:/algoType", lambda kind: 12 if kind == 14 else 14)),
    mutant("status-ignored", Kind.FILTERS, "listTasksWithQueue", "the filter for the status is ignored",
           l.instead("body:/status", lambda status: -1 if status is not None else None)),
    mutant("key-ignored", Kind.FILTERS, "listTasksWithQueue", "the filter for a name or id is ignored",
           l.ignored("body:/key")),
    mutant("direction-ignored", Kind.FILTERS, "listPublicAvatars", "lists are always ascending",
           l.instead("body:/sortValue", lambda value: "asc" if value == "desc" else value)),
    mutant("sort-ignored", Kind.FILTERS, "listPublicLegacyVoices", "lists are sorted by time, whatever was asked for",
           p.when(p.asks("body:/sortName", lambda name: name not in ("", "createTime")),
                  l.instead("body:/sortName", lambda name: "createTime"))),
    mutant("oldest-first", Kind.FILTERS, "listTasks", "the oldest task comes first",
           l.turned_whole(PAGE, "body:/sortName")),
    mutant("status-loses-one", Kind.FILTERS, "listTasksWithQueue", "the filter for the status finds one task too few",
           p.when(p.asks("body:/status", lambda status: status != -1), l.loses_match(PAGE, "body:/status"))),
    mutant("time-range-ignored", Kind.FILTERS, "listBills", "bills of other times come",
           l.instead("body:/billStartTime", lambda time: "2000-01-01 00:00:00" if time else time)),
    mutant("voice-range-ignored", Kind.FILTERS, "listVoiceBills", "voice bills of other times come",
           l.instead("body:/billStartTime", lambda time: "2000-01-01 00:00:00" if time else time)),
    mutant("oldest-avatar-first", Kind.FILTERS, "listPublicAvatars", "the oldest avatar comes first",
           l.turned_whole(PAGE, "body:/sortName")),
    mutant("removed-file-is-found", Kind.DELETION, "listPreheatedFiles", "files that were removed are still found",
           _removed_is_found, also=("createFilePreheating", "deletePreheatedFiles")),
    mutant("deleted-is-found", Kind.DELETION, "deleteTask getTasks", "a deleted task is still found", _deleted_is_found,
           on="any", also=("listTasks",)),
    mutant("deleted-by-path-is-found", Kind.DELETION, "deleteTaskByPath getTasks",
           "a task that was deleted by its path is still found", _deleted_is_found, on="any", also=("listTasks",)),
    mutant("deleted-is-listed", Kind.DELETION, "deleteTask listTasks", "a deleted task is still listed",
           r.still_listed("deleteTask", "query:id", PAGE, "id", _list_with,
                          lambda e, row: row["algoType"] == e.asked("body:/algoType")), on="any"),
    mutant("ended-is-cancelled", Kind.EDGES, "cancelTask", "cancelling a task that has ended succeeds",
           p.when(p.case("taskNotCancellable"), p.responds(DONE)), on="failure"),
    mutant("unknown-is-cancelled", Kind.EDGES, "cancelTask", "cancelling an unknown task succeeds",
           p.when(p.case("taskNotFound"), p.responds(DONE)), on="failure"),
    mutant("cancel-without-effect", Kind.EDGES, "cancelTask getTasks", "a task that was cancelled goes on",
           r.goes_on("cancelTask", "query:id", TASKS, "id", "status", 2), also=("createFaceSwap",)),
    mutant("completed-is-restarted", Kind.EDGES, "restartTask", "restarting a completed task succeeds",
           p.when(p.case("taskNotRestartable"), lambda e: e.respond({**DONE, "data": int(e.asked("query:id"))})),
           on="failure"),
    mutant("running-is-deleted", Kind.EDGES, "deleteTask", "deleting a task in work succeeds",
           p.when(p.case("taskNotDeletable"), p.responds(DONE)), on="failure"),
    mutant("slow", Kind.AVAILABILITY, "listPublicLiveScripts", "some responses come too late",
           p.every(12, p.delayed(1.6)), on="any", options={"timeout": 1.0}),
    mutant("cut-body", Kind.AVAILABILITY, "listTasksWithQueue", "some connections end in the body", p.every(9,
           p.cut(None))),
    mutant("rare-503-page", Kind.AVAILABILITY, "", "one response of 200 is a gateway's page",
           p.every(200, p.gateway_page(503)), on="any"),
)  # fmt: skip
MUTANTS = MESSAGES + REQUESTS + RELATIONS
