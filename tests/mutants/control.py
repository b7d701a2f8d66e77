"""Faults of the control plane's responses."""

from typing import Any

from tests.mutants import listings as l
from tests.mutants import plants as p
from tests.mutants import relations as r
from tests.mutants.exchange import Exchange
from tests.mutants.model import Kind, mutant

ACCOUNT, TASK = "path:accountId", "path:taskId"
UNKNOWN_ACCOUNT = "there-is-no-such-account"


def _frozen_runs(exchange: Exchange) -> None:
    frozen = exchange.memory.setdefault("frozen", set())
    account = exchange.asked(ACCOUNT)
    if exchange.name == "freezeClock":
        frozen.add(account)
    elif exchange.name == "runClock":
        frozen.discard(account)
    elif account in frozen:
        exchange.edit("/mode", lambda _: "running")


def _removed_is_listed(exchange: Exchange) -> None:
    deleted = exchange.memory.setdefault("deleted", {})
    if exchange.name == "removeScenario":
        before = p.parsed(exchange.call("listScenarios", {ACCOUNT: exchange.asked(ACCOUNT)}))
        rows = [row for row in before.get("scenarios", []) if str(row["id"]) == exchange.asked("path:scenarioId")]
        if exchange.succeeded:
            deleted.setdefault(exchange.asked(ACCOUNT), []).extend(rows)
    elif exchange.succeeded:
        exchange.edit("/scenarios", lambda rows: rows + deleted.get(exchange.asked(ACCOUNT), []))


def _deleted_is_listed(exchange: Exchange) -> None:
    deleted = exchange.memory.setdefault("deleted", set())
    if exchange.name == "deleteAccount":
        deleted.add(exchange.asked(ACCOUNT))
    else:
        exchange.edit("/accounts", lambda names: sorted({*names, *deleted}))


def _created_is_unlisted(exchange: Exchange) -> None:
    created = exchange.memory.setdefault("created", set())
    if exchange.name == "createAccount":
        created.add(exchange.get("/id"))
    else:
        exchange.edit("/accounts", lambda names: [name for name in names if name not in created])


def _held_is_released(exchange: Exchange) -> None:
    exchange.edit("/held", lambda _: False)


def _limit_ignored(exchange: Exchange) -> None:
    l.instead("query:limit", lambda limit: 1000 if limit else limit)(exchange)


def _advanced_too_far(clock: Any) -> Any:
    return {**clock, "now": clock["now"] + 1000}


MUTANTS = (
    mutant("pace-is-text", Kind.TYPE, "getAccount", "the pace is a text", p.edit("/pace", str)),
    mutant("task-id-is-text", Kind.TYPE, "getTask", "the id of a task is a text", p.edit("/id", str)),
    mutant("no-seed", Kind.MISSING, "createAccount", "a new account has no seed", p.dropped("/seed")),
    mutant("no-steps", Kind.MISSING, "listTasks", "one task has no steps", p.dropped("/tasks/*/steps", first=True)),
    mutant("clock-is-null", Kind.NULL, "getAccount", "an account has no clock", p.replaced("/clock", None)),
    mutant("unknown-mode", Kind.ENUM, "getClock", "a clock is stopped", p.replaced("/mode", "stopped")),
    mutant("now-is-in-text", Kind.FORMAT, "freezeClock", "the time is written as a date",
           lambda e: e.edit("/now", lambda _: e.get("/now_text"))),
    mutant("duplicate-status", Kind.JSON, "getHealth", "the status stands there twice",
           p.text('{"status"', '{"status":"starting","status"')),
    mutant("text-plain", Kind.CONTENT_TYPE, "listAccounts", "the content type is text/plain",
           p.header("content-type", "text/plain")),
    mutant("created-200", Kind.STATUS, "createAccount", "a creation has the status 200", p.status(200)),
    mutant("deleted-with-body", Kind.BODY, "removeScenario deleteAccount", "a deletion has 200 and a body",
           p.responds({"removed": True})),
    mutant("no-allow", Kind.HEADER, "", "405 comes without the header Allow",
           p.when(lambda e: e.status == 405, p.header("allow", None)), on="any", also=("getHealth", "getClock")),
    mutant("clock-for-health", Kind.OTHER_BODY, "getClock getHealth", "a clock comes for the health",
           p.replayed("getClock")),
    mutant("not-found-500", Kind.ERROR_CASE, "getAccount", "an unknown account is an internal error",
           p.responds({"error": "internalError", "message": "The mock server failed"}, 500), on="failure"),
    mutant("unlisted-error", Kind.ERROR_CASE, "getDelivery", "an unknown delivery has an error of no list",
           p.when(p.case("deliveryNotFound"), p.replaced("/error", "deliveryLost")), on="failure"),
    mutant("negative-seconds-accepted", Kind.INVALID_ACCEPTED, "advanceClock", "a clock may go back",
           p.accepts(p.asks("body:/seconds", lambda seconds: seconds < 0), **{"body:/seconds": 0}), on="failure"),
    mutant("large-limit-accepted", Kind.INVALID_ACCEPTED, "listDeliveries", "a list may be of any length",
           p.accepts(p.asks("query:limit", lambda limit: int(limit) > 1000), **{"query:limit": 1000}), on="failure"),
    mutant("malformed-accepted", Kind.MALFORMED_ACCEPTED, "createAccount", "a body that is no JSON is an empty one",
           p.accepts(p.malformed, **{"body:": {}}), on="failure"),
    mutant("plain-text-accepted", Kind.MALFORMED_ACCEPTED, "advanceClock updateAccount", "text/plain is accepted",
           p.accepts(p.case("unsupportedMediaType"), **{"body:": {"seconds": 1}}), on="failure"),
    mutant("post-reads", Kind.METHOD, "", "POST is accepted where GET is declared", p.accepts_method("getClock",
           "POST"),
           on="any", also=("getClock",)),
    mutant("no-scenarios-rejected", Kind.VALID_REJECTED, "listTasks", "a list of one task is rejected",
           p.when(p.asks("query:limit", lambda limit: int(limit) == 1),
                  p.responds({"error": "invalidRequest", "message": "The request breaks the contract"}, 400))),
    mutant("wrong-account", Kind.IDENTITY, "getAccount", "the id of an account is in capitals",
           p.edit("/id", lambda name: name.upper() + "X")),
    mutant("wrong-task", Kind.IDENTITY, "getTask", "a read returns the task that was read before", r.another(TASK)),
    mutant("account-is-lost", Kind.READ_YOUR_WRITES, "createAccount getAccount", "a new account is never found",
           r.forgets("createAccount", "/id", ACCOUNT, UNKNOWN_ACCOUNT), on="any"),
    mutant("account-is-unlisted", Kind.READ_YOUR_WRITES, "createAccount listAccounts", "new accounts are in no list",
           _created_is_unlisted),
    mutant("pace-is-lost", Kind.READ_YOUR_WRITES, "updateAccount getAccount", "a change of the pace is not kept",
           r.outdated("updateAccount", ACCOUNT, "getAccount", ["/pace"]), on="any"),
    mutant("frozen-runs", Kind.READ_YOUR_WRITES, "freezeClock runClock getClock", "a frozen clock is shown as running",
           _frozen_runs),
    mutant("limit-ignored", Kind.PAGES, "listTasks", "a list is longer than its limit", _limit_ignored),
    mutant("vendor-ignored", Kind.FILTERS, "listTasks", "the filter for the vendor is ignored",
           l.ignored("query:vendor")),
    mutant("status-ignored", Kind.FILTERS, "readJournal", "the filter for the status is ignored",
           l.ignored("query:status")),
    mutant("deleted-is-found", Kind.DELETION, "deleteAccount getAccount", "a deleted account is still found",
           r.undead("deleteAccount", ACCOUNT, "getAccount"), on="any"),
    mutant("deleted-is-listed", Kind.DELETION, "deleteAccount listAccounts", "deleted accounts are still listed",
           _deleted_is_listed),
    mutant("removed-is-listed", Kind.DELETION, "removeScenario listScenarios", "a removed scenario is still listed",
           _removed_is_listed, on="any", also=("addScenario",)),
    mutant("unknown-is-removed", Kind.EDGES, "removeScenario", "removing an unknown scenario succeeds",
           lambda e: setattr(e, "response", type(e.response)(204, (), b"")) if p.case("scenarioNotFound")(e) else None,
           on="failure"),
    mutant("hold-without-effect", Kind.EDGES, "holdTask getTask", "a task that is held is shown as running",
           _held_is_released),
    mutant("cut-body", Kind.AVAILABILITY, "listTasks", "some connections end in the body", p.every(9, p.cut(None))),
    mutant("rare-502", Kind.AVAILABILITY, "", "one response of 200 is a gateway's page", p.every(200, p.gateway_page()),
           on="any"),
)  # fmt: skip
