"""Faults of Huawei's responses of the same kinds, in other operations."""

from dataclasses import replace

from tests.mutants import listings as l
from tests.mutants import plants as p
from tests.mutants import relations as r
from tests.mutants.exchange import Exchange
from tests.mutants.huawei_metastudio import (
    ASSETS,
    JOBS,
    LIST,
    SCRIPTS,
    SHOW,
    SIGNATURE,
    UNKNOWN_JOB,
    UNKNOWN_SCRIPT,
    VIDEO,
    _empty,
)
from tests.mutants.model import Kind, Plant, mutant

SUBTITLES, SHOW_SUBTITLES = "CreateSubtitleFile", "ShowSubtitleFile"
ASSET_ALSO = ("ShowAsset", VIDEO, SHOW)
DELETED_ID = "f" * 32


def _without_effect(read: str, place: str) -> Plant:
    """A success, and nothing is done.

    Args:
        place: where the operation and the read have the id.
    """

    def plant(exchange: Exchange) -> None:
        shown = exchange.call(read, {place: exchange.asked(place)})
        if shown.status == 200:
            exchange.response = replace(shown, body=b"")

    return plant


def _copies_lost(exchange: Exchange) -> None:
    r.forgets("CopyVideoScripts", "/script_id", "path:script_id", UNKNOWN_SCRIPT)(exchange)


MUTANTS = (
    mutant("copy-is-lost", Kind.READ_YOUR_WRITES, "CopyVideoScripts ShowVideoScript", "a copy is never found",
           _copies_lost, on="any", also=("CreateVideoScripts",)),
    mutant("copy-repeats-id", Kind.READ_YOUR_WRITES, "CopyVideoScripts", "a copy has the id of the first copy",
           r.same_again("/script_id"), also=("CreateVideoScripts",)),
    mutant("create-repeats-id", Kind.READ_YOUR_WRITES, "CreateVideoScripts", "a script has the id of the first one",
           r.same_again("/script_id")),
    mutant("job-repeats-id", Kind.READ_YOUR_WRITES, VIDEO, "a job has the id of the first one",
           r.same_again("/job_id"), also=(SHOW,)),
    mutant("file-repeats-id", Kind.READ_YOUR_WRITES, "CreateFile", "a file has the id of the first one",
           r.same_again("/file_id")),
    mutant("job-is-unlisted", Kind.READ_YOUR_WRITES, f"{VIDEO} {LIST}", "new jobs are in no list",
           r.unlisted(VIDEO, "/job_id", JOBS, "job_id"), on="any"),
    mutant("subtitle-is-lost", Kind.READ_YOUR_WRITES, f"{SUBTITLES} {SHOW_SUBTITLES}", "a new job is never found",
           r.forgets(SUBTITLES, "/job_id", "path:job_id", UNKNOWN_JOB), on="any", also=("CreateVideoScripts",)),
    mutant("view-not-kept", Kind.READ_YOUR_WRITES, "ShowVideoScript", "scripts are always of the usual view",
           p.edit("/view_mode", lambda _: "LANDSCAPE"), also=("CreateVideoScripts",)),
    mutant("name-cut", Kind.READ_YOUR_WRITES, "ShowVideoScript", "names are cut", p.edit("/script_name",
           lambda name: name[:6]), also=("CreateVideoScripts",)),
    mutant("list-name-old", Kind.READ_YOUR_WRITES, "ListVideoScripts", "names in lists are in lower case",
           p.edit("/video_scripts/*/script_name", str.lower), also=("CreateVideoScripts",)),
    mutant("wrong-script", Kind.IDENTITY, "ShowVideoScript", "a read returns the script that was read before",
           r.another("path:script_id"), also=("CreateVideoScripts",)),
    mutant("ids-ignored", Kind.IDENTITY, LIST, "the filter for ids finds others", l.ignored("query:job_ids"),
           also=(VIDEO,)),
    mutant("id-ignored", Kind.IDENTITY, LIST, "the filter for an id finds others", l.ignored("query:job_id"),
           also=(VIDEO,)),
    mutant("jobs-one-more", Kind.PAGES, LIST, "a full page has one job more", l.one_more(JOBS), also=(VIDEO,)),
    mutant("jobs-offset-ignored", Kind.PAGES, LIST, "every page is the first one", l.page_ignored(JOBS),
           also=(VIDEO,)),
    mutant("jobs-count-of-page", Kind.PAGES, LIST, "the total is that of the page", l.total_is_page(JOBS),
           also=(VIDEO,)),
    mutant("jobs-last-lost", Kind.PAGES, LIST, "a full page lacks its last job", l.last_lost(JOBS), also=(VIDEO,)),
    mutant("jobs-count-less", Kind.PAGES, LIST, "the total is 1 too small", l.total_off(JOBS, -1), also=(VIDEO,)),
    mutant("assets-one-more", Kind.PAGES, "ListAssets", "a full page has one asset more", l.one_more(ASSETS)),
    mutant("assets-count-less", Kind.PAGES, "ListAssets", "the total is 1 too small", l.total_off(ASSETS, -1)),
    mutant("assets-size-ignored", Kind.PAGES, "ListAssets", "the size is ignored", l.size_ignored(ASSETS)),
    mutant("assets-overlap", Kind.PAGES, "ListAssets", "pages overlap", l.overlapping(ASSETS)),
    mutant("assets-doubled", Kind.PAGES, "ListAssets", "an asset stands twice on a page", l.doubled(ASSETS)),
    mutant("scripts-count-less", Kind.PAGES, "ListVideoScripts", "the total is 1 too small", l.total_off(SCRIPTS, -1),
           also=("CreateVideoScripts",)),
    mutant("scripts-again", Kind.PAGES, "ListVideoScripts", "behind the end stands the first page",
           l.last_repeated(SCRIPTS), also=("CreateVideoScripts",)),
    mutant("script-name-ignored", Kind.FILTERS, "ListVideoScripts", "the filter for the name is ignored",
           l.ignored("query:name"), also=("CreateVideoScripts",)),
    mutant("view-loses-one", Kind.FILTERS, "ListVideoScripts", "one of the view is missing",
           l.loses_match(SCRIPTS, "query:view_mode"), also=("CreateVideoScripts",)),
    mutant("catalog-ignored", Kind.FILTERS, "ListVideoScripts", "the filter for the catalog is ignored",
           l.ignored("query:script_catalog"), also=("CreateVideoScripts",)),
    mutant("since-ignored", Kind.FILTERS, LIST, "create_since is ignored", l.ignored("query:create_since"),
           also=(VIDEO,)),
    mutant("until-ignored", Kind.FILTERS, LIST, "create_until is ignored", l.ignored("query:create_until"),
           also=(VIDEO,)),
    mutant("job-name-ignored", Kind.FILTERS, LIST, "asset_name is ignored", l.ignored("query:asset_name"),
           also=(VIDEO,)),
    mutant("job-type-ignored", Kind.FILTERS, LIST, "job_type is ignored", l.ignored("query:job_type"),
           also=(VIDEO,)),
    mutant("fuzzy-ignored", Kind.FILTERS, LIST, "fuzzy_query_field is ignored", l.ignored("query:fuzzy_query_field"),
           also=(VIDEO,)),
    mutant("jobs-direction-ignored", Kind.FILTERS, LIST, "jobs are always in one order",
           l.ignored("query:sort_dir"), also=(VIDEO,)),
    mutant("tag-ignored", Kind.FILTERS, "ListAssets", "the filter for tags is ignored", l.ignored("query:tag")),
    mutant("asset-state-ignored", Kind.FILTERS, "ListAssets", "the filter for the state is ignored",
           l.ignored("query:asset_state")),
    mutant("language-ignored", Kind.FILTERS, "ListAssets", "the filter for the language is ignored",
           l.ignored("query:language")),
    mutant("sex-ignored", Kind.FILTERS, "ListAssets", "the filter for the sex is ignored", l.ignored("query:sex")),
    mutant("accurate-ignored", Kind.FILTERS, "ListAssets", "accurate_query_field is ignored",
           l.ignored("query:accurate_query_field")),
    mutant("start-ignored", Kind.FILTERS, "ListAssets", "start_time is ignored", l.ignored("query:start_time")),
    mutant("end-ignored", Kind.FILTERS, "ListAssets", "end_time is ignored", l.ignored("query:end_time")),
    mutant("key-ignored", Kind.FILTERS, "ListAssets", "sort_key is ignored", l.ignored("query:sort_key")),
    mutant("editable-ignored", Kind.FILTERS, "ListAssets", "action_editable is ignored",
           l.ignored("query:action_editable")),
    mutant("union-ignored", Kind.FILTERS, "ListAssets", "tag_combination_type is ignored",
           l.ignored("query:tag_combination_type")),
    mutant("script-not-deleted", Kind.DELETION, "DeleteVideoScript", "a deletion has no effect",
           _without_effect("ShowVideoScript", "path:script_id"), on="any",
           also=("CreateVideoScripts", "ShowVideoScript")),
    mutant("asset-not-deleted", Kind.DELETION, "DeleteAsset", "a deletion has no effect",
           _without_effect("ShowAsset", "path:asset_id"), on="any", also=ASSET_ALSO),
    mutant("not-restored", Kind.EDGES, "RestoreAsset", "a restoration has no effect",
           _without_effect("ShowAsset", "path:asset_id"), on="any", also=("DeleteAsset", *ASSET_ALSO)),
    mutant("unknown-is-deleted", Kind.EDGES, "DeleteVideoScript", "deleting an unknown script succeeds",
           p.when(p.case("scriptNotFound"), _empty(200)), on="failure", also=("CreateVideoScripts",)),
    mutant("unknown-asset-is-deleted", Kind.EDGES, "DeleteAsset", "deleting an unknown asset succeeds",
           p.when(p.case("assetNotFound"), _empty(200)), on="failure", also=ASSET_ALSO),
    mutant("unknown-is-restored", Kind.EDGES, "RestoreAsset", "restoring an unknown asset succeeds",
           p.when(p.case("assetNotFound"), _empty(200)), on="failure", also=("DeleteAsset", *ASSET_ALSO)),
    mutant("unknown-is-confirmed", Kind.EDGES, "ConfirmFileUpload", "confirming an unknown file succeeds",
           p.when(p.case("fileNotFound"), _empty(200)), on="failure", also=("CreateFile",)),
    mutant("unknown-is-updated", Kind.EDGES, "UpdateVideoScript", "updating an unknown script succeeds",
           p.when(p.case("scriptNotFound"), p.responds({"script_id": DELETED_ID})), on="failure",
           also=("CreateVideoScripts", "DeleteVideoScript")),
    mutant("unknown-is-copied", Kind.EDGES, "CopyVideoScripts", "copying an unknown script succeeds",
           p.when(p.case("scriptNotFound"), p.responds({"script_id": DELETED_ID})), on="failure",
           also=("CreateVideoScripts", "DeleteVideoScript")),
    mutant("subtitles-of-unknown", Kind.EDGES, SUBTITLES, "subtitles of an unknown script are made",
           p.when(p.case("scriptNotFound"), p.responds({"job_id": DELETED_ID})), on="failure",
           also=("CreateVideoScripts", "DeleteVideoScript")),
    mutant("subtitle-never-ends", Kind.PROGRESS, SHOW_SUBTITLES, "subtitles are never ready",
           p.edit("/job_state", lambda _: "GENERATING"), also=(SUBTITLES, "CreateVideoScripts")),
    mutant("job-starts-ended", Kind.STATES, SHOW, "waiting jobs are shown as blocked",
           r.shown_as("", "state", "WAITING", "BLOCK"), also=(VIDEO,)),
    mutant("list-is-behind", Kind.STATES, LIST, "ended jobs are in work in the list",
           r.shown_as("/jobs/*", "state", "SUCCEED", "PROCESSING"), also=(VIDEO, SHOW)),
    mutant("listed-asset-blocked", Kind.STATES, "ListAssets", "active assets are blocked in lists",
           r.shown_as("/assets/*", "asset_state", "ACTIVED", "BLOCK"), also=("ShowAsset",)),
    mutant("subtitle-back", Kind.STATES, SHOW_SUBTITLES, "subtitles are in work again",
           p.every(4, p.edit("/job_state", lambda _: "GENERATING")), also=(SUBTITLES, "CreateVideoScripts")),
    mutant("cancel-any-signature", Kind.CREDENTIALS, "Cancel2DDigitalHumanVideo", "any signature cancels",
           p.treats_as_own(p.case(*SIGNATURE)), on="failure",
           also=("Create2DDigitalHumanVideo", "Show2DDigitalHumanVideo")),
    mutant("delete-any-signature", Kind.CREDENTIALS, "DeleteVideoScript", "any signature deletes",
           p.accepts(p.case(*SIGNATURE)), on="failure", also=("CreateVideoScripts",)),
    mutant("copy-any-signature", Kind.CREDENTIALS, "CopyVideoScripts", "any signature copies",
           p.accepts(p.case(*SIGNATURE)), on="failure", also=("CreateVideoScripts",)),
    mutant("update-text", Kind.MALFORMED_ACCEPTED, "UpdateVideoScript", "text/plain is accepted",
           p.accepts(p.case("unsupportedMediaType"), **{"body:": {"script_name": "New"}}), on="failure",
           also=("CreateVideoScripts",)),
)  # fmt: skip
