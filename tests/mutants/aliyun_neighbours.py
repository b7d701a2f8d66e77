"""Further faults of Alibaba's responses: those of `aliyun_avatar` at other operations."""

from tests.mutants import listings as l
from tests.mutants import plants as p
from tests.mutants import relations as r
from tests.mutants.aliyun_avatar import AVATARS, SUCCESS, THREE_D, TWO_D, UNKNOWN_TASK, VIDEOS
from tests.mutants.exchange import Exchange
from tests.mutants.model import Kind, mutant

AUDIO_TWO_D = "SubmitAudioTo2DAvatarVideoTask"


def _confirmed(exchange: Exchange) -> None:
    exchange.respond({**SUCCESS, "Data": {"SessionId": exchange.asked("query:SessionId"), "UniqueCode": ""}})


def _timed(exchange: Exchange) -> None:
    data = {"InstanceId": exchange.asked("query:InstanceId"), "TenantId": int(exchange.asked("query:TenantId"))}
    exchange.respond({**SUCCESS, "Data": data})


def _repeats_a_success(exchange: Exchange) -> None:
    """A session that takes no message gets the response that another one got."""
    if exchange.succeeded:
        exchange.memory["sent"] = exchange.body
        exchange.memory["session"] = exchange.get("/Data/SessionId")
    elif "sent" in exchange.memory and p.case("sessionInvalid")(exchange):
        old, new = exchange.memory["session"], exchange.asked("query:SessionId")
        exchange.response = type(exchange.response)(
            200, exchange.response.headers, exchange.memory["sent"].replace(str(old).encode(), str(new).encode())
        )


RELATIONS = (
    mutant("avatar-never-ready", Kind.PROGRESS, "QueryAvatar", "an avatar is in training for ever",
           r.by_request("query:Code", "/Data", "MakeStage", ("1", "2", "3")), also=("Create2dAvatar",)),
    mutant("never-stops", Kind.PROGRESS, "QueryTimedResetOperateStatus", "a device is stopping for ever",
           r.stuck("/Data", "InstanceId", "Status", (21,)), also=("CloseTimedResetOperate",), account={"pace": 60}),
    mutant("list-is-behind", Kind.STATES, "QueryVideoTaskInfo", "finished tasks are in work in the list",
           r.shown_as("/Data/List/*", "Status", 3, 2), also=(TWO_D, "GetVideoTaskInfo")),
    mutant("wrong-task-id", Kind.IDENTITY, "GetVideoTaskInfo", "the id in a record is another one",
           p.replaced("/Data/TaskUuid", UNKNOWN_TASK), also=(TWO_D,)),
    mutant("wrong-session", Kind.IDENTITY, "StopInstance", "a stop names another session",
           p.edit("/Data/SessionId", lambda name: name[:-1] + "x"), also=("StartInstance",)),
    mutant("wrong-session-of-text", Kind.IDENTITY, "SendText", "a text names another session",
           p.edit("/Data/SessionId", lambda name: name[:-1] + "x"), also=("StartInstance",)),
    mutant("wrong-task-is-cancelled", Kind.IDENTITY, "CancelVideoTask", "a cancellation names another task",
           p.replaced("/Data/TaskUuid", UNKNOWN_TASK), also=(TWO_D,)),
    mutant("session-filter-ignored", Kind.IDENTITY, "QueryRunningInstance", "the filter for one session finds all",
           l.ignored("query:SessionId"), also=("StartInstance",)),
    mutant("wrong-avatar", Kind.IDENTITY, "QueryAvatar", "a read returns the avatar that was read before",
           r.another("query:Code"), also=("Create2dAvatar", "QueryAvatarList")),
    mutant("one-session-for-all", Kind.READ_YOUR_WRITES, "StartInstance", "starts return the session of the first",
           r.same_again("/Data/SessionId")),
    mutant("one-avatar-for-all", Kind.READ_YOUR_WRITES, "Create2dAvatar", "creations return the code of the first",
           r.same_again("/Data/Code")),
    mutant("audio-task-is-lost", Kind.READ_YOUR_WRITES, f"{AUDIO_TWO_D} GetVideoTaskInfo", "a new task is never found",
           r.forgets(AUDIO_TWO_D, "/Data/TaskUuid", "query:TaskUuid", UNKNOWN_TASK), on="any"),
    mutant("avatar-is-lost", Kind.READ_YOUR_WRITES, "Create2dAvatar QueryAvatar", "a new avatar is never found",
           r.forgets("Create2dAvatar", "/Data/Code", "query:Code", "CH_unknown"), on="any"),
    mutant("avatar-is-unlisted", Kind.READ_YOUR_WRITES, "Create2dAvatar QueryAvatarList", "new avatars are in no list",
           r.unlisted("Create2dAvatar", "/Data/Code", AVATARS, "Code"), on="any"),
    mutant("user-is-lost", Kind.READ_YOUR_WRITES, "QueryRunningInstance", "the user of an instance is not kept",
           p.edit("/Data/*/User", lambda user: {**user, "UserId": "x"} if isinstance(user, dict) else "x"),
           also=("StartInstance",)),
    mutant("description-is-lost", Kind.READ_YOUR_WRITES, "QueryAvatar", "the description of an avatar is not kept",
           p.edit("/Data", lambda data: {**data, "Description": "-"} if data["AvatarType"] == "1" else data),
           also=("Create2dAvatar",)),
    mutant("tasks-one-more", Kind.PAGES, "QueryVideoTaskInfo", "a full page has one task more", l.one_more(VIDEOS),
           also=(TWO_D,)),
    mutant("tasks-first-page", Kind.PAGES, "QueryVideoTaskInfo", "every page is the first one", l.page_ignored(VIDEOS),
           also=(TWO_D,)),
    mutant("tasks-overlap", Kind.PAGES, "QueryVideoTaskInfo", "a page begins with the last task of the one before",
           l.overlapping(VIDEOS), also=(TWO_D,)),
    mutant("tasks-minus-1", Kind.PAGES, "QueryVideoTaskInfo", "the total is 1 too small", l.total_off(VIDEOS, -1),
           also=(TWO_D,)),
    mutant("page-size-10", Kind.PAGES, "QueryAvatarList", "the page size is always 10",
           p.replaced("/Data/PageSize", 10)),
    mutant("pages-plus-1", Kind.PAGES, "QueryAvatarList", "there is one page too many",
           p.edit("/Data/TotalPage", lambda pages: pages + 1)),
    mutant("avatars-one-less", Kind.PAGES, "QueryAvatarList", "a full page lacks its last avatar",
           l.last_lost(AVATARS)),
    mutant("avatars-doubled", Kind.PAGES, "QueryAvatarList", "a page shows its first avatar twice",
           l.doubled(AVATARS)),
    mutant("type-ignored", Kind.FILTERS, "QueryVideoTaskInfo", "the filter for the type is ignored",
           l.ignored("query:Type"), also=(TWO_D, THREE_D)),
    mutant("title-loses-one", Kind.FILTERS, "QueryVideoTaskInfo", "the filter for the title finds one too few",
           l.loses_match(VIDEOS, "query:Title"), also=(TWO_D,)),
    mutant("status-loses-one", Kind.FILTERS, "QueryVideoTaskInfo", "the filter for the state finds one too few",
           l.loses_match(VIDEOS, "query:Status"), also=(TWO_D,)),
    mutant("oldest-first", Kind.FILTERS, "QueryVideoTaskInfo", "without an order, the oldest task is the first",
           l.turned_whole(VIDEOS, "query:OrderById"), also=(TWO_D,)),
    mutant("instances-turned", Kind.FILTERS, "QueryRunningInstance", "the oldest instance is the first",
           l.turned("/Data"), also=("StartInstance",)),
    mutant("deleted-is-listed", Kind.DELETION, "DeleteAvatar QueryAvatarList", "a deleted avatar is still listed",
           r.remembered("DeleteAvatar", "query:Code", AVATARS, "Code"), on="any",
           also=("Create2dAvatar", "QueryAvatar")),
    mutant("deleted-again", Kind.DELETION, "DeleteAvatar", "deleting an unknown avatar succeeds",
           p.when(p.case("avatarNotFound"), p.responds(SUCCESS)), on="failure", also=("Create2dAvatar",)),
    mutant("device-unbound-again", Kind.DELETION, "ClientUnbindDevice", "unbinding an unknown device succeeds",
           p.when(p.case("deviceNotBound"), p.responds({**SUCCESS, "Data": {}})), on="failure", also=("ClientAuth",)),
    mutant("stopped-again", Kind.EDGES, "StopInstance", "stopping what is stopped succeeds", _repeats_a_success,
           on="any", also=("StartInstance",)),
    mutant("stopped-takes-text", Kind.EDGES, "SendText", "a stopped instance takes texts", _repeats_a_success,
           on="any", also=("StartInstance", "StopInstance")),
    mutant("stopped-takes-commands", Kind.EDGES, "SendCommand", "a stopped instance takes commands",
           _repeats_a_success, on="any", also=("StartInstance", "StopInstance")),
    mutant("unknown-is-updated", Kind.EDGES, "Update2dAvatar", "updating an unknown avatar succeeds",
           p.when(p.case("avatarNotFound"),
                  lambda e: e.respond({**SUCCESS, "Data": {"Code": e.asked("query:Code")}})),
           on="failure", also=("Create2dAvatar",)),
    mutant("off-is-closed", Kind.EDGES, "CloseTimedResetOperate", "closing a device that is off succeeds",
           p.when(p.case("timedResetConflict"), _timed), on="failure", also=("QueryTimedResetOperateStatus",)),
    mutant("in-production-is-updated", Kind.EDGES, "Update2dAvatar", "updating an avatar in the making succeeds",
           p.when(p.case("avatarInProduction"),
                  lambda e: e.respond({**SUCCESS, "Data": {"Code": e.asked("query:Code")}})),
           on="failure", also=("Create2dAvatar", "QueryAvatar")),
    mutant("start-without-effect", Kind.EDGES, "StartTimedResetOperate QueryTimedResetOperateStatus",
           "a device that was started stays off",
           r.goes_on("StartTimedResetOperate", "query:InstanceId", "/Data", "InstanceId", "Status", 20),
           also=("CloseTimedResetOperate",)),
    mutant("stop-without-effect", Kind.EDGES, "CloseTimedResetOperate QueryTimedResetOperateStatus",
           "a device that was closed stays on",
           r.goes_on("CloseTimedResetOperate", "query:InstanceId", "/Data", "InstanceId", "Status", 10)),
    mutant("json-in-start-accepted", Kind.MALFORMED_ACCEPTED, "StartInstance", "App may be a text that is no JSON",
           p.accepts(lambda e: e.asked("query:App") is not None and not p.is_json(e.asked("query:App")),
                     **{"query:App": '{"AppId": "ALIPUB5748B17121450"}'}), on="failure"),
    mutant("nonce-of-3d-accepted", Kind.SIGN_IN, "Render3dAvatar", "a nonce may be used again",
           p.accepts(p.case("signatureNonceUsed")), on="failure"),
    mutant("malformed-tasks", Kind.MALFORMED_ACCEPTED, "QueryVideoTaskInfo", "a form that is none is ignored",
           p.accepts(p.case("malformedBody")), on="failure"),
    mutant("any-signature-deletes", Kind.CREDENTIALS, "DeleteAvatar", "any signature deletes an avatar",
           p.treats_as_own(p.case("signatureDoesNotMatch", "incompleteSignature", "invalidAccessKeyIdNotFound")),
           on="failure", also=("Create2dAvatar",)),
)  # fmt: skip
MUTANTS = RELATIONS
