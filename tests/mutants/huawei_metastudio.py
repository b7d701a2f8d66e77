"""Faults of Huawei's responses."""

import json
from collections.abc import Callable
from typing import Any

from tests.mutants import listings as l
from tests.mutants import plants as p
from tests.mutants import relations as r
from tests.mutants.exchange import ABSENT, Exchange
from tests.mutants.model import Kind, Plant, mutant

JOBS = l.Listing("/jobs", "/count", "query:offset", "query:limit", by_offset=True)
ASSETS = l.Listing("/assets", "/count", "query:offset", "query:limit", by_offset=True)
SCRIPTS = l.Listing("/video_scripts", "/count", "query:offset", "query:limit", by_offset=True)
SIGNATURE = ("signatureMismatch", "accessKeyUnknown", "signatureExpired", "tokenInvalid", "unauthorized")
VIDEO, SHOW = "Create2DDigitalHumanVideo", "Show2DDigitalHumanVideo"
CANCEL, LIST = "Cancel2DDigitalHumanVideo", "ListDigitalHumanVideo"
UNKNOWN_JOB, UNKNOWN_SCRIPT = "00000000-0000-4000-8000-000000000000", "0" * 32
ENDED = ("SUCCEED", "FAILED", "CANCELED", "BLOCK")
INTERNAL = {"error_code": "MSS.00000004", "error_msg": "Internal Error"}
INVALID = {"error_code": "MSS.00000003", "error_msg": "Invalid parameter"}
MINIMAL = {"script_name": "New", "model_asset_type": "HUMAN_MODEL_2D", "view_mode": "LANDSCAPE"}


def _listed(operation: str, pages: l.Listing) -> Callable[[Exchange], Any]:
    return lambda exchange: exchange.call(operation, {pages.size: 100})


def _copy_of_source(exchange: Exchange) -> None:
    exchange.edit("/script_id", lambda _: exchange.asked("path:script_id"))


def _partial_update(exchange: Exchange) -> None:
    # The response to an update shows the new name; the reads after it, the old one.
    exchange.edit("/asset_name", lambda _: "Untitled")


def _restored_is_deleted(exchange: Exchange) -> None:
    restored = exchange.memory.setdefault("restored", set())
    if exchange.name == "RestoreAsset":
        restored.add(exchange.asked("path:asset_id"))
    elif exchange.asked("path:asset_id") in restored:
        exchange.edit("/asset_state", lambda _: "DELETING")


def _foreign_project(exchange: Exchange) -> None:
    exchange.edit("/assets/*/project_id", lambda project: project[::-1])


def _empty(status: int) -> Plant:
    def plant(exchange: Exchange) -> None:
        exchange.status, exchange.body = status, b""

    return plant


MESSAGES = (
    mutant("count-is-text", Kind.TYPE, "ListAssets", "the total is a text", p.edit("/count", str)),
    mutant("time-is-number", Kind.TYPE, SHOW, "the time of creation is a number", p.replaced("/create_time",
           1767225600),
           also=(VIDEO,)),
    mutant("duration-is-text", Kind.TYPE, SHOW, "the length of a finished video is a text", p.edit("/duration", str),
           also=(VIDEO,)),
    mutant("no-state", Kind.MISSING, SHOW, "a job has no state", p.dropped("/state"), also=(VIDEO,)),
    mutant("no-asset-name", Kind.MISSING, "ListAssets", "one asset has no name", p.dropped("/assets/*/asset_name",
           first=True)),
    mutant("no-error-text", Kind.MISSING, SHOW, "errors have no error_msg", p.dropped("/error_msg"), on="failure"),
    mutant("no-copy-id", Kind.MISSING, "CopyVideoScripts", "a copy has no id", p.dropped("/script_id")),
    mutant("asset-is-null", Kind.NULL, "ShowAsset", "the type of an asset is null", p.replaced("/asset_type", None)),
    mutant("job-id-is-null", Kind.NULL, LIST, "jobs in a list have no id", p.replaced("/jobs/*/job_id", None),
           also=(VIDEO,)),
    mutant("unknown-state", Kind.ENUM, SHOW, "jobs in work show RUNNING",
           r.shown_as("", "state", "PROCESSING", "RUNNING"), also=(VIDEO,)),
    mutant("unknown-asset-state", Kind.ENUM, "ListAssets", "one asset is READY",
           p.replaced("/assets/*/asset_state", "READY", first=True)),
    mutant("space-in-time", Kind.FORMAT, "ListVideoScripts", "times have a space and no zone",
           p.edit("/video_scripts/*/create_time", lambda time: time.replace("T", " ").replace("Z", ""))),
    mutant("asset-id-with-hyphens", Kind.FORMAT, "ShowAsset", "ids have a form of their own",
           p.edit("/asset_id", lambda name: f"asset/{name}")),
    mutant("duplicate-state", Kind.JSON, SHOW, "the state stands there twice",
           p.text('"state":', '"state":"SUCCEED","state":'), also=(VIDEO,)),
    mutant("nan-duration", Kind.JSON, SHOW, "the length of a finished video is NaN",
           lambda e: p.raw(lambda body: body.replace(json.dumps(e.get("/duration")).encode(), b"NaN"))(e)
           if e.get("/duration") else None, also=(VIDEO,)),
    mutant("latin-1", Kind.JSON, "ListVideoScripts", "names are not in UTF-8",
           p.sequence(p.edit("/video_scripts/*/script_name", lambda name: f"{name} é"),
                      p.raw(lambda body: body.replace("é".encode(), b"\xe9")))),
    mutant("errors-in-text", Kind.CONTENT_TYPE, "ShowAsset", "errors are text/plain",
           p.header("content-type", "text/plain"), on="failure"),
    mutant("html-type", Kind.CONTENT_TYPE, SHOW, "the content type is text/html", p.header("content-type", "text/html"),
           also=(VIDEO,)),
    mutant("error-200", Kind.STATUS, "DeleteAsset", "an unknown asset has the status 200", p.status(200), on="failure"),
    mutant("created-201", Kind.STATUS, "CreateVideoScripts", "a creation has the status 201", p.status(201)),
    mutant("deleted-204", Kind.STATUS, "DeleteVideoScript", "a deletion has the status 204", _empty(204)),
    mutant("no-request-id", Kind.HEADER, SHOW, "a read has no X-Request-Id", p.header("x-request-id", None),
           also=(VIDEO,)),
    mutant("no-request-id-in-list", Kind.HEADER, "ListVideoScripts", "a list has no X-Request-Id",
           p.header("x-request-id", None)),
    mutant("job-for-asset", Kind.OTHER_BODY, "ListAssets ShowAsset", "a list comes for one asset",
           p.replayed("ListAssets")),
    mutant("body-of-deletion", Kind.BODY, "DeleteVideoScript", "a deletion has a body", p.responds({"deleted": True})),
    mutant("body-of-restoration", Kind.BODY, "RestoreAsset ConfirmFileUpload", "a confirmation has a body",
           p.responds({"state": "ok"})),
    mutant("unlisted-code", Kind.ERROR_CASE, "ShowVideoScript", "an unknown script has a code of no list",
           p.replaced("/error_code", "MSS.99999999"), on="failure"),
    mutant("internal-error", Kind.ERROR_CASE, "ListAssets", "sorting by asset_order is an internal error",
           p.when(p.asks("query:sort_key", lambda key: key == "asset_order"), p.responds(INTERNAL, 500))),
)  # fmt: skip
REQUESTS = (
    mutant("any-signature-accepted", Kind.CREDENTIALS, "ShowVideoScript", "any signature will do",
           p.when(p.with_credential, p.accepts(p.case(*SIGNATURE))), on="failure"),
    mutant("no-signature-needed", Kind.CREDENTIALS, "ListVideoScripts", "no signature is needed",
           p.when(p.without_credential, p.accepts(p.case(*SIGNATURE))), on="failure"),
    mutant("any-signature-shows-job", Kind.CREDENTIALS, SHOW, "any signature shows a job",
           p.accepts(p.case(*SIGNATURE)),
           on="failure", also=(VIDEO,)),
    mutant("stale-accepted", Kind.SIGN_IN, "ShowVideoScript ListVideoScripts ListAssets ShowAsset",
           "signatures never expire", p.accepts(p.case("signatureExpired")), on="failure"),
    mutant("large-limit-accepted", Kind.INVALID_ACCEPTED, "ListVideoScripts", "a page may be of any size",
           p.accepts(p.asks("query:limit", lambda limit: int(limit) > 100), **{"query:limit": 100}), on="failure"),
    mutant("any-view-accepted", Kind.INVALID_ACCEPTED, "CreateVideoScripts", "an unknown view is the usual one",
           p.accepts(p.asks("body:/view_mode", lambda view: view not in ("LANDSCAPE", "VERTICAL")),
                     **{"body:/view_mode": "LANDSCAPE"}), on="failure"),
    mutant("any-direction-accepted", Kind.INVALID_ACCEPTED, "ListAssets", "an unknown direction is the usual one",
           p.accepts(p.asks("query:sort_dir", lambda value: value not in ("asc", "desc")),
           **{"query:sort_dir": ABSENT}),
           on="failure"),
    mutant("no-file-name-accepted", Kind.INVALID_ACCEPTED, "CreateFile", "a file needs no name",
           p.accepts(p.missing("body:/file_name"), **{"body:/file_name": "cover.png"}), on="failure"),
    mutant("largest-page-rejected", Kind.VALID_REJECTED, LIST, "a page of 100 jobs is rejected",
           p.when(p.asks("query:limit", lambda limit: int(limit) == 100), p.responds(INVALID, 400))),
    mutant("malformed-accepted", Kind.MALFORMED_ACCEPTED, "CreateVideoScripts",
           "a body that is no JSON is an empty one",
           p.accepts(p.case("invalidBody"), **{"body:": MINIMAL}), on="failure"),
    mutant("plain-text-accepted", Kind.MALFORMED_ACCEPTED, "UpdateVideoScript CreateVideoScripts",
           "text/plain is accepted", p.accepts(p.case("unsupportedMediaType"), **{"body:": MINIMAL}), on="failure"),
    mutant("patch-lists", Kind.METHOD, "", "PATCH is accepted where GET is declared",
           p.accepts_method("ListVideoScripts", "PATCH"), on="any", also=("ListVideoScripts",)),
)  # fmt: skip
RELATIONS = (
    mutant("goes-back", Kind.STATES, SHOW, "a finished job is in work once more",
           r.backwards("", "job_id", "state", ENDED), also=(VIDEO,)),
    mutant("success-then-failure", Kind.STATES, SHOW, "a finished job has failed at the next look",
           r.flips("", "job_id", "state", "SUCCEED", "FAILED"), also=(VIDEO,)),
    mutant("cancelled-by-nobody", Kind.STATES, SHOW, "jobs in work are shown as cancelled",
           r.shown_as("", "state", "PROCESSING", "CANCELED"), also=(VIDEO,)),
    mutant("never-ends", Kind.PROGRESS, SHOW, "a job is in work for ever",
           r.stuck("", "job_id", "state", ("WAITING", "PROCESSING")), also=(VIDEO,)),
    mutant("wrong-job", Kind.IDENTITY, SHOW, "a read returns the job that was read before", r.another("path:job_id"),
           also=(VIDEO,)),
    mutant("wrong-asset", Kind.IDENTITY, "ShowAsset", "a read returns the asset that was read before",
           r.another("path:asset_id"), also=("ListAssets",)),
    mutant("wrong-script-id", Kind.IDENTITY, "ShowVideoScript", "the id of a script is another than the one asked for",
           p.edit("/script_id", lambda name: name[::-1])),
    mutant("id-filter-ignored", Kind.IDENTITY, "ListAssets", "the filter for ids finds others",
           l.ignored("query:asset_id")),
    mutant("wrong-project", Kind.IDENTITY, "ListAssets", "assets are of another project", _foreign_project),
    mutant("copy-has-source-id", Kind.READ_YOUR_WRITES, "CopyVideoScripts", "a copy has the id of its source",
           _copy_of_source),
    mutant("script-is-lost", Kind.READ_YOUR_WRITES, "CreateVideoScripts ShowVideoScript", "a new script is never found",
           r.forgets("CreateVideoScripts", "/script_id", "path:script_id", UNKNOWN_SCRIPT), on="any"),
    mutant("script-is-unlisted", Kind.READ_YOUR_WRITES, "CreateVideoScripts ListVideoScripts",
           "new scripts are in no list",
           r.unlisted("CreateVideoScripts", "/script_id", SCRIPTS, "script_id"), on="any"),
    mutant("job-is-lost", Kind.READ_YOUR_WRITES, f"{VIDEO} {SHOW}", "a new job is never found",
           r.forgets(VIDEO, "/job_id", "path:job_id", UNKNOWN_JOB), on="any"),
    mutant("update-is-lost", Kind.READ_YOUR_WRITES, "UpdateVideoScript ShowVideoScript",
           "an update of a name is not kept",
           r.outdated("UpdateVideoScript", "path:script_id", "ShowVideoScript", ["/script_name",
           "/script_description"]),
           on="any", also=("CreateVideoScripts",)),
    mutant("asset-update-is-lost", Kind.READ_YOUR_WRITES, "UpdateDigitalAsset ShowAsset",
           "an update of an asset is not kept",
           r.outdated("UpdateDigitalAsset", "path:asset_id", "ShowAsset", ["/asset_name", "/asset_description",
           "/tags"]),
           on="any"),
    mutant("updated-response-differs", Kind.READ_YOUR_WRITES, "UpdateDigitalAsset", "the response has another name",
           p.when(p.asks("body:/asset_name", lambda name: name != "Untitled"), _partial_update)),
    mutant("one-more", Kind.PAGES, "ListVideoScripts", "a full page has one script more", l.one_more(SCRIPTS),
           also=("CreateVideoScripts",)),
    mutant("offset-ignored", Kind.PAGES, "ListAssets", "every page is the first one", l.page_ignored(ASSETS)),
    mutant("offset-plus-1", Kind.PAGES, "ListVideoScripts", "later pages skip one script",
           l.instead("query:offset", lambda offset: int(offset) + 1 if offset and int(offset) else offset),
           also=("CreateVideoScripts",)),
    mutant("last-lost", Kind.PAGES, "ListAssets", "a full page lacks its last asset", l.last_lost(ASSETS)),
    mutant("count-of-page", Kind.PAGES, "ListVideoScripts", "the total is the number of scripts on the page",
           l.total_is_page(SCRIPTS), also=("CreateVideoScripts",)),
    mutant("count-plus-3", Kind.PAGES, "ListAssets", "the total is 3 too large", l.total_off(ASSETS, 3)),
    mutant("name-ignored", Kind.FILTERS, "ListAssets", "the filter for the name is ignored", l.ignored("query:name")),
    mutant("type-ignored", Kind.FILTERS, "ListAssets", "the filter for the type is ignored",
           l.ignored("query:asset_type")),
    mutant("view-ignored", Kind.FILTERS, "ListVideoScripts", "the filter for the view is ignored",
           l.ignored("query:view_mode"), also=("CreateVideoScripts",)),
    mutant("state-ignored", Kind.FILTERS, LIST, "the filter for the state is ignored", l.ignored("query:state"),
           also=(VIDEO,)),
    mutant("direction-ignored", Kind.FILTERS, "ListAssets", "lists are always ascending",
           l.instead("query:sort_dir", lambda value: "asc" if value == "desc" else value)),
    mutant("name-loses-one", Kind.FILTERS, "ListAssets", "the filter for the name finds one asset too few",
           l.loses_match(ASSETS, "query:name")),
    mutant("first-type-only", Kind.FILTERS, "ListAssets", "of several types only the first one is listed",
           l.instead("query:asset_type", lambda types: types.split(",")[0] if types else types)),
    mutant("source-ignored", Kind.FILTERS, "ListAssets", "the system's assets are among the own ones",
           l.instead("query:asset_source", lambda source: "ALL" if source in (None, "CUSTOMIZATION") else source)),
    mutant("deleted-script-is-found", Kind.DELETION, "DeleteVideoScript ShowVideoScript",
           "a deleted script is still found",
           r.undead("DeleteVideoScript", "path:script_id", "ShowVideoScript"), on="any",
           also=("CreateVideoScripts", "CopyVideoScripts")),
    mutant("deleted-script-is-listed", Kind.DELETION, "DeleteVideoScript ListVideoScripts",
           "a deleted script is still listed", r.still_listed(
               "DeleteVideoScript", "path:script_id", SCRIPTS, "script_id", _listed("ListVideoScripts", SCRIPTS),
               lambda e, row: not any(e.asked(f"query:{name}") for name in ("name", "view_mode", "script_catalog"))),
           on="any", also=("CreateVideoScripts", "CopyVideoScripts")),
    mutant("deleted-asset-is-active", Kind.DELETION, "DeleteAsset ShowAsset", "a deleted asset is shown as before",
           r.undead("DeleteAsset", "path:asset_id", "ShowAsset"), on="any"),
    mutant("running-is-cancelled", Kind.EDGES, CANCEL, "cancelling a job that does not wait succeeds",
           p.when(p.case("jobNotCancelable"), _empty(200)), on="failure", also=(VIDEO, SHOW)),
    mutant("unknown-is-cancelled", Kind.EDGES, CANCEL, "cancelling an unknown job succeeds",
           p.when(p.case("jobNotFound"), _empty(200)), on="failure"),
    mutant("cancel-without-effect", Kind.EDGES, f"{CANCEL} {SHOW}", "a job that was cancelled goes on",
           r.goes_on(CANCEL, "path:job_id", "", "job_id", "state", "PROCESSING"), also=(VIDEO,)),
    mutant("restored-stays-deleted", Kind.EDGES, "RestoreAsset ShowAsset", "a restored asset stays in the recycle bin",
           _restored_is_deleted, also=("DeleteAsset", "ShowAsset", VIDEO, SHOW)),
    mutant("active-is-restored", Kind.EDGES, "RestoreAsset", "restoring an asset that was not deleted succeeds",
           p.when(p.case("assetNotRestorable"), _empty(200)), on="failure",
           also=("DeleteAsset", "ShowAsset", VIDEO, SHOW)),
    mutant("confirmed-twice", Kind.EDGES, "ConfirmFileUpload", "confirming a file again succeeds",
           p.when(p.case("fileNotPending"), _empty(200)), on="failure", also=("CreateFile",)),
    mutant("slow", Kind.AVAILABILITY, "ListVideoScripts", "some responses come too late", p.every(12, p.delayed(1.6)),
           on="any", options={"timeout": 1.0}),
    mutant("cut-body", Kind.AVAILABILITY, "ListAssets", "some connections end in the body", p.every(15, p.cut(None))),
    mutant("rare-504", Kind.AVAILABILITY, "", "one response of 300 is a gateway's page", p.every(300,
           p.gateway_page(504)),
           on="any"),
)  # fmt: skip
MUTANTS = MESSAGES + REQUESTS + RELATIONS
