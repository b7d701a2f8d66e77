"""Faults of Alibaba's responses."""

import json
from typing import Any

from tests.mutants import listings as l
from tests.mutants import plants as p
from tests.mutants import relations as r
from tests.mutants.exchange import Exchange
from tests.mutants.model import Kind, mutant

AVATARS = l.Listing(
    "/Data/List", "/Data/TotalCount", "query:PageNo", "query:PageSize", "/Data/PageNo", "/Data/PageSize"
)
VIDEOS = AVATARS
SIGNATURE = ("signatureDoesNotMatch", "incompleteSignature", "invalidAccessKeyIdNotFound")
UNSIGNED = (*SIGNATURE, "missingParameter")
SUCCESS = {
    "RequestId": "0F7C69CE-28EF-4D73-929D-A845334DC882",
    "Code": "0",
    "Message": "operation success.",
    "Success": True,
}
INVALID = {
    "RequestId": "0F7C69CE-28EF-4D73-929D-A845334DC882",
    "HostId": "avatar.cn-zhangjiakou.aliyuncs.com",
    "Code": "InvalidParameter",
    "Message": "Specified parameter PageSize is not valid.",
}
UNKNOWN_TASK = "00000000-0000-4000-8000-000000000000"
TWO_D = "SubmitTextTo2DAvatarVideoTask"
THREE_D = "SubmitTextTo3DAvatarVideoTask"


def _other_model(exchange: Exchange) -> None:
    shown = "3d" if exchange.asked("query:ModelType") == "2d" else "2d"
    exchange.repeat(**{"query:ModelType": shown})


def _instance_is_unlisted(exchange: Exchange) -> None:
    started = exchange.memory.setdefault("started", set())
    if exchange.name == "StartInstance":
        started.add(exchange.get("/Data/SessionId"))
    elif exchange.succeeded:
        exchange.edit("/Data", lambda rows: [row for row in rows if row["SessionId"] not in started])


def _stopped_is_listed(exchange: Exchange) -> None:
    sessions, stopped = (exchange.memory.setdefault(name, {}) for name in ("sessions", "stopped"))
    if exchange.name == "StopInstance":
        session = exchange.asked("query:SessionId")
        if exchange.succeeded and session in sessions:
            stopped[session] = sessions[session]
    elif exchange.succeeded:
        sessions |= {row["SessionId"]: row for row in exchange.get("/Data") or []}
        exchange.edit("/Data", lambda rows: [*rows, *stopped.values()])


def _cancelled_in_work(exchange: Exchange) -> None:
    if exchange.get("/Data/IsCancel") is False:
        exchange.edit("/Data", lambda data: {"TaskUuid": data["TaskUuid"], "IsCancel": True})


def _started_when_on(exchange: Exchange) -> None:
    data = {"InstanceId": exchange.asked("query:InstanceId"), "TenantId": int(exchange.asked("query:TenantId"))}
    exchange.respond({**SUCCESS, "Data": data})


def _host_id_is_lost(content: Any) -> Any:
    return {name: value for name, value in content.items() if name != "HostId"}


MESSAGES = (
    mutant("status-is-number", Kind.TYPE, "GetVideoTaskInfo", "the state of a task is a number",
           p.edit("/Data/Status", int), also=(TWO_D,)),
    mutant("listed-status-is-text", Kind.TYPE, "QueryVideoTaskInfo", "states in a list are texts",
           p.edit("/Data/List/*/Status", str), also=(TWO_D,)),
    mutant("session-is-number", Kind.TYPE, "StartInstance", "the id of a session is a number",
           p.replaced("/Data/SessionId", 12345)),
    mutant("total-is-text", Kind.TYPE, "QueryAvatarList", "the total is a text", p.edit("/Data/TotalCount", str)),
    mutant("no-request-id", Kind.MISSING, "GetVideoTaskInfo", "a read has no RequestId", p.dropped("/RequestId"),
           also=(TWO_D,)),
    mutant("no-model-type", Kind.MISSING, "QueryAvatarList", "one avatar has no ModelType",
           p.dropped("/Data/List/*/ModelType", first=True)),
    mutant("no-inner-request-id", Kind.MISSING, "StopInstance", "a stop has no Data.RequestId",
           p.dropped("/Data/RequestId"), also=("StartInstance",)),
    mutant("no-host-id", Kind.MISSING, "LicenseAuth", "errors of the gateway have no HostId",
           p.rewritten(_host_id_is_lost),
           on="failure"),
    mutant("token-is-null", Kind.NULL, "ClientStart", "a token is null", p.replaced("/Data/ImToken", None)),
    mutant("uuid-is-null", Kind.NULL, "GetVideoTaskInfo", "the id of a task is null", p.replaced("/Data/TaskUuid",
           None),
           also=(THREE_D,)),
    mutant("unknown-status", Kind.ENUM, "GetVideoTaskInfo", "finished tasks show 9", r.shown_as("/Data", "Status", "3",
           "9"),
           also=(TWO_D,)),
    mutant("unknown-model", Kind.ENUM, "QueryAvatar", "the model is 4d", p.replaced("/Data/ModelType", "4d")),
    mutant("unknown-type", Kind.ENUM, "QueryVideoTaskInfo", "tasks in a list are of type 2",
           p.replaced("/Data/List/*/Type", 2), also=(TWO_D,)),
    mutant("relative-portrait", Kind.FORMAT, "QueryAvatar", "the URL of a portrait is a path",
           p.replaced("/Data/Portrait", "/portrait.png")),
    mutant("total-with-fraction", Kind.FORMAT, "QueryVideoTaskInfo", "the total is written with a fraction",
           p.edit("/Data/TotalCount", lambda total: total + 0.5)),
    mutant("render-data-is-no-json", Kind.JSON, "Render3dAvatar", "the JSON text of RenderData is none",
           p.replaced("/Data/RenderData", "{code: CH}")),
    mutant("duplicate-code", Kind.JSON, "ClientStart", "the code stands there twice",
           p.text('"Code":"0"', '"Code":"10009999","Code":"0"')),
    mutant("truncated", Kind.JSON, "QueryAvatar", "the text ends early", p.raw(lambda body: body[:-2])),
    mutant("text-plain", Kind.CONTENT_TYPE, "LicenseAuth", "the content type is text/plain",
           p.header("content-type", "text/plain")),
    mutant("no-content-type", Kind.CONTENT_TYPE, "GetVideoTaskInfo", "there is no content type",
           p.header("content-type", None), also=(TWO_D,)),
    mutant("gateway-error-200", Kind.STATUS, "QueryAvatar", "errors of the gateway have the status 200",
           p.when(lambda e: e.status == 400, p.status(200)), on="failure"),
    mutant("submitted-202", Kind.STATUS, TWO_D, "a submission has the status 202", p.status(202)),
    mutant("list-for-one", Kind.OTHER_BODY, "QueryAvatarList QueryAvatar", "a list comes for one avatar",
           p.replayed("QueryAvatarList")),
    mutant("success-false", Kind.ERROR_CASE, "QueryAvatar", "code 0 comes with Success false",
           p.replaced("/Success", False)),
    mutant("unlisted-code", Kind.ERROR_CASE, "QueryAvatar", "an unknown avatar has a code of no list",
           p.when(p.case("avatarNotFound"), p.replaced("/Code", "10019999")), on="failure"),
    mutant("internal-error", Kind.ERROR_CASE, "QueryVideoTaskInfo", "a filter for failed tasks is an internal error",
           p.when(p.asks("query:Status", lambda value: value == "4"), p.responds({**INVALID, "Code": "InternalError"},
           500))),
)  # fmt: skip
REQUESTS = (
    mutant("any-signature-accepted", Kind.CREDENTIALS, "QueryAvatarList", "any signature will do",
           p.when(p.with_credential, p.accepts(p.case(*SIGNATURE))), on="failure"),
    mutant("no-signature-needed", Kind.CREDENTIALS, "ClientStart", "no signature is needed",
           p.when(p.without_credential, p.accepts(p.case(*UNSIGNED))), on="failure"),
    mutant("any-signature-reads", Kind.CREDENTIALS, "GetVideoTaskInfo", "any signature reads a task",
           p.accepts(p.case(*SIGNATURE)), on="failure", also=(TWO_D,)),
    mutant("stale-accepted", Kind.SIGN_IN, "QueryAvatar LicenseAuth QueryAvatarList ClientStart",
           "signatures never expire", p.accepts(p.case("invalidTimeStampExpired")), on="failure"),
    mutant("nonce-again-accepted", Kind.SIGN_IN, "QueryAvatar LicenseAuth QueryAvatarList ClientStart",
           "a nonce may be used again", p.accepts(p.case("signatureNonceUsed")), on="failure"),
    mutant("missing-code-accepted", Kind.INVALID_ACCEPTED, "QueryAvatar", "the official avatar comes without a code",
           p.accepts(p.missing("query:Code"), **{"query:Code": "CH_2d_7QmWxR4pKd9TzBvA"}), on="failure"),
    mutant("any-model-accepted", Kind.INVALID_ACCEPTED, "QueryAvatarList", "an unknown model means 2d",
           p.accepts(p.asks("query:ModelType", lambda value: value not in ("2d", "3d")), **{"query:ModelType": "2d"}),
           on="failure"),
    mutant("large-page-accepted", Kind.INVALID_ACCEPTED, "QueryVideoTaskInfo", "a page may have more than 100 tasks",
           p.accepts(p.asks("query:PageSize", lambda size: int(size) > 100), **{"query:PageSize": 100}), on="failure"),
    mutant("largest-page-rejected", Kind.VALID_REJECTED, "QueryVideoTaskInfo", "a page of 100 tasks is rejected",
           p.when(p.asks("query:PageSize", lambda size: int(size) == 100), p.responds(INVALID, 400))),
    mutant("malformed-accepted", Kind.MALFORMED_ACCEPTED, "QueryAvatarList LicenseAuth ClientStart QueryAvatar",
           "a form that is none is ignored", p.accepts(p.case("malformedBody")), on="failure"),
    mutant("json-in-parameter-accepted", Kind.MALFORMED_ACCEPTED, "QueryRunningInstance QueryVideoTaskInfo",
           "App may be a text that is no JSON",
           p.accepts(lambda e: e.asked("query:App") is not None and not p.is_json(e.asked("query:App")),
                     **{"query:App": json.dumps({"AppId": "ALIPUB5748B17121450"})}), on="failure"),
    mutant("delete-lists", Kind.METHOD, "", "DELETE is accepted where POST is declared",
           p.accepts_method("QueryAvatarList", "DELETE"), on="any", also=("QueryAvatarList",)),
)  # fmt: skip
RELATIONS = (
    mutant("goes-back", Kind.STATES, "GetVideoTaskInfo", "a finished task is in work once more",
           r.backwards("/Data", "TaskUuid", "Status", ("3", "4", "5")), also=(TWO_D, THREE_D)),
    mutant("success-then-failure", Kind.STATES, "GetVideoTaskInfo", "a finished task has failed at the next look",
           r.flips("/Data", "TaskUuid", "Status", "3", "4"), also=(TWO_D,)),
    mutant("failed-while-training", Kind.STATES, "QueryAvatar", "the status of an avatar in the making says failed",
           r.shown_as("/Data", "MakeStatus", "1", "3"), also=("Create2dAvatar",)),
    mutant("never-ends", Kind.PROGRESS, "GetVideoTaskInfo", "a task is in work for ever",
           r.stuck("/Data", "TaskUuid", "Status", ("1", "2")), also=(TWO_D,)),
    mutant("never-starts", Kind.PROGRESS, "QueryTimedResetOperateStatus", "a device is starting for ever",
           r.stuck("/Data", "InstanceId", "Status", (11,)), also=("StartTimedResetOperate", "CloseTimedResetOperate")),
    mutant("wrong-task", Kind.IDENTITY, "GetVideoTaskInfo", "a read returns the task that was read before",
           r.another("query:TaskUuid"), also=(TWO_D, THREE_D)),
    mutant("wrong-task-in-list", Kind.IDENTITY, "QueryVideoTaskInfo", "the filter for one id finds others",
           l.ignored("query:TaskUuid"), also=(TWO_D, THREE_D)),
    mutant("wrong-instance", Kind.IDENTITY, "QueryTimedResetOperateStatus", "a status has the id of another device",
           p.edit("/Data/InstanceId", lambda name: name[:-1] + "x")),
    mutant("one-task-for-all", Kind.READ_YOUR_WRITES, THREE_D, "submissions return the id of the first",
           r.same_again("/Data/TaskUuid")),
    mutant("task-is-lost", Kind.READ_YOUR_WRITES, f"{TWO_D} GetVideoTaskInfo", "a new task is never found",
           r.forgets(TWO_D, "/Data/TaskUuid", "query:TaskUuid", UNKNOWN_TASK), on="any"),
    mutant("task-is-unlisted", Kind.READ_YOUR_WRITES, f"{THREE_D} QueryVideoTaskInfo", "new tasks are in no list",
           r.unlisted(THREE_D, "/Data/TaskUuid", VIDEOS, "TaskUuid"), on="any"),
    mutant("instance-is-unlisted", Kind.READ_YOUR_WRITES, "StartInstance QueryRunningInstance",
           "a new instance is in no list", _instance_is_unlisted, on="any"),
    mutant("title-is-cut", Kind.READ_YOUR_WRITES, "QueryVideoTaskInfo", "titles are cut after 1 character",
           p.edit("/Data/List/*/Title", lambda title: title[:1]),
           also=(TWO_D,)),
    mutant("avatar-name-is-lost", Kind.READ_YOUR_WRITES, "QueryAvatar", "the name of an own avatar is not kept",
           p.edit("/Data", lambda data: {**data, "Name": "avatar"} if data["AvatarType"] == "1" else data),
           also=("Create2dAvatar",)),
    mutant("update-is-lost", Kind.READ_YOUR_WRITES, "Update2dAvatar QueryAvatar", "an update of an avatar is not kept",
           r.outdated("Update2dAvatar", "query:Code", "QueryAvatar", ["/Data/Name", "/Data/Description"]), on="any"),
    mutant("one-more", Kind.PAGES, "QueryAvatarList", "a full page has one avatar more", l.one_more(AVATARS)),
    mutant("first-page-only", Kind.PAGES, "QueryAvatarList", "every page is the first one", l.page_ignored(AVATARS)),
    mutant("beyond-the-end", Kind.PAGES, "QueryAvatarList", "a page beyond the end is the first one",
           l.last_repeated(AVATARS)),
    mutant("total-of-page", Kind.PAGES, "QueryVideoTaskInfo", "the total is the number of tasks on the page",
           l.total_is_page(VIDEOS), also=(TWO_D, THREE_D)),
    mutant("total-plus-2", Kind.PAGES, "QueryAvatarList", "the total is 2 too large", l.total_off(AVATARS, 2)),
    mutant("one-page", Kind.PAGES, "QueryAvatarList", "the number of pages is always 1", p.replaced("/Data/TotalPage",
           1)),
    mutant("page-number-1", Kind.PAGES, "QueryVideoTaskInfo", "the page number is always 1", p.replaced("/Data/PageNo",
           1)),
    mutant("other-model", Kind.FILTERS, "QueryAvatarList", "the avatars of the other model come", _other_model),
    mutant("title-ignored", Kind.FILTERS, "QueryVideoTaskInfo", "the filter for the title is ignored",
           l.ignored("query:Title"), also=(TWO_D,)),
    mutant("status-ignored", Kind.FILTERS, "QueryVideoTaskInfo", "the filter for the state is ignored",
           l.ignored("query:Status"), also=(TWO_D,)),
    mutant("order-ignored", Kind.FILTERS, "QueryVideoTaskInfo", "the latest task is always the first",
           l.instead("query:OrderById", lambda order: "desc" if order == "asc" else order), also=(TWO_D, THREE_D)),
    mutant("type-loses-one", Kind.FILTERS, "QueryVideoTaskInfo", "the filter for the type finds one task too few",
           l.loses_match(VIDEOS, "query:Type"), also=(TWO_D, THREE_D)),
    mutant("stopped-is-listed", Kind.DELETION, "StopInstance QueryRunningInstance",
           "a stopped instance is still listed",
           _stopped_is_listed, on="any", also=("StartInstance",)),
    mutant("deleted-is-found", Kind.DELETION, "DeleteAvatar QueryAvatar", "a deleted avatar is still found",
           r.remembered_read("DeleteAvatar", "query:Code", "QueryAvatar"), on="any",
           also=("Create2dAvatar", "QueryAvatarList")),
    mutant("done-is-cancelled", Kind.EDGES, "CancelVideoTask", "cancelling a task that is in work or done succeeds",
           _cancelled_in_work, also=(TWO_D, "GetVideoTaskInfo")),
    mutant("cancel-without-effect", Kind.EDGES, "CancelVideoTask GetVideoTaskInfo", "a task that was cancelled goes on",
           p.when(lambda e: e.name != "CancelVideoTask" or e.get("/Data/IsCancel") is True,
                  r.goes_on("CancelVideoTask", "query:TaskUuid", "/Data", "TaskUuid", "Status", "2")), also=(TWO_D,),
           # At a greater pace, the task no longer waits when it is cancelled.
           account={"pace": 60}),
    mutant("unknown-is-cancelled", Kind.EDGES, "CancelVideoTask", "cancelling an unknown task succeeds",
           p.when(p.case("taskNotFound"),
                  lambda e: e.respond({**SUCCESS, "Data": {"TaskUuid": e.asked("query:TaskUuid"), "IsCancel": True}})),
           on="failure"),
    mutant("unknown-is-stopped", Kind.EDGES, "StopInstance", "stopping an unknown instance succeeds",
           p.when(p.case("sessionInvalid"), lambda e: e.respond(
               {"Code": "0", "Message": "operation success.", "Success": True,
                "Data": {"RequestId": SUCCESS["RequestId"], "SessionId": e.asked("query:SessionId")}})), on="failure"),
    mutant("anything-is-confirmed", Kind.EDGES, "ConfirmAvatar2dTrain", "confirming what does not wait for it succeeds",
           p.when(p.case("avatarNotAwaiting"), p.responds(SUCCESS)), on="failure"),
    mutant("on-is-started", Kind.EDGES, "StartTimedResetOperate", "starting a device that is on succeeds",
           p.when(p.case("timedResetConflict"), _started_when_on), on="failure",
           also=("QueryTimedResetOperateStatus",)),
    mutant("cut-body", Kind.AVAILABILITY, "QueryAvatarList", "some connections end in the body", p.every(9, p.cut(40))),
    mutant("slow", Kind.AVAILABILITY, "ClientStart", "some responses come too late", p.every(9, p.delayed(1.6)),
           on="any",
           options={"timeout": 1.0}),
    mutant("rare-502", Kind.AVAILABILITY, "", "one response of 200 is a gateway's page", p.every(200, p.gateway_page()),
           on="any"),
)  # fmt: skip
MUTANTS = MESSAGES + REQUESTS + RELATIONS
