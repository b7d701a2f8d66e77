"""The reference of a vendor: places, signatures, callbacks, lifecycles and search."""

import json
from functools import cache

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from bodydouble.contracts.model import documents
from bodydouble.contracts.model.delivery import RetryRules
from bodydouble.contracts.model.loader import load_contract
from bodydouble.contracts.reference.callbacks import retry_rules
from bodydouble.contracts.reference.lifecycles import span
from bodydouble.contracts.reference.places import Place
from bodydouble.contracts.reference.plain_document import plain_document
from bodydouble.contracts.reference.search_index import Entry, SearchIndex
from bodydouble.contracts.reference.vendor import VendorReference


@cache
def vendor(name: str) -> VendorReference:
    return VendorReference(load_contract(name))


@cache
def index() -> SearchIndex:
    return SearchIndex(map(vendor, documents.names()))


@pytest.mark.parametrize("name", documents.names())
def test_a_specification_without_extensions_is_openapi(name: str) -> None:
    plain = vendor(name).plain_content
    assert list(OpenAPIV31SpecValidator(plain).iter_errors()) == []
    assert '"x-laws"' not in json.dumps(plain)
    assert plain["paths"].keys() == vendor(name).content["paths"].keys()


def test_names_and_data_that_begin_with_x_are_no_extensions() -> None:
    document = {
        "x-cost": 1,
        "properties": {"x-mine": {"x-sensitive": "secret", "example": {"x-data": 1}}},
        "headers": {"x-id": {"examples": {"x-first": {"value": {"x-data": 2}}}}},
    }
    assert plain_document(document) == {
        "properties": {"x-mine": {"example": {"x-data": 1}}},
        "headers": {"x-id": {"examples": {"x-first": {"value": {"x-data": 2}}}}},
    }


@pytest.mark.parametrize(
    ("name", "operation", "part", "pointer", "status", "anchor"),
    [
        ("guiji", "createVideo", "body", "/callbackUrl", None, "body.callbackUrl"),
        ("guiji", "createVideo", "body", "/callbackUrl/deeper/0", None, "body.callbackUrl"),
        ("guiji", "getAccessToken", "query", "/sign", None, "query.sign"),
        ("guiji", "listVideos", "body", "/data/records/3/id", 200, "response.200.data.records.id"),
        (
            "softsugar",
            "getTasks",
            "body",
            "/data/0/productParam/duration",
            200,
            "response.200.data.productParam.duration",
        ),
        ("huawei-metastudio", "ShowAsset", "path", "/asset_id", None, "path.asset_id"),
        ("aliyun-avatar", "SendText", "header", "/X-ACS-Version", None, "header.x-acs-version"),
        ("guiji", "createVideo", "status", "", 418, ""),
    ],
)
def test_a_value_in_a_message_has_a_place(
    name: str, operation: str, part: str, pointer: str, status: int | None, anchor: str
) -> None:
    assert vendor(name).field_place(operation, part, pointer, status) == Place("operation", operation, anchor)


def test_an_unknown_operation_has_no_place() -> None:
    assert vendor("guiji").field_place("nothing", "body", "") is None


def test_the_signature_of_a_token_is_steps_in_words() -> None:
    sign_in = vendor("guiji").sign_in
    assert (sign_in.token_operation, sign_in.token_lives) == ("getAccessToken", {"access": 7200})
    assert sign_in.token_signature is not None
    steps = " ".join(sign_in.token_signature.steps)
    for words in ("milliseconds since 1970", "`{appId}{timestamp}{secret}`", "MD5", "query parameter `sign`"):
        assert words in steps


@pytest.mark.parametrize("name", documents.names())
def test_every_scheme_of_a_signature_has_its_steps(name: str) -> None:
    reference = vendor(name)
    signatures = [scheme.signature for scheme in reference.sign_in.schemes]
    signatures += [reference.callback(callback).signature for callback in reference.contract.callbacks]
    for signature in filter(None, signatures):
        assert len(signature.steps) >= 4
        assert "{time" not in " ".join(signature.steps).replace("{timestamp}", "")


def test_a_callback_says_when_it_is_sent() -> None:
    callback = vendor("huawei-metastudio").callback("videoResult")
    assert callback.triggers == (("videoJob", "succeed"), ("videoJob", "failed"), ("videoJob", "block"))
    assert [(attempt.wait, attempt.at) for attempt in callback.attempts] == [(0, 0), (10, 10), (30, 40), (60, 100)]
    assert [response.status for response in callback.responses if callback.acknowledges(response)] == ["2XX"]


def test_rules_of_retries_are_words() -> None:
    rules = RetryRules(jitter=0.2, after_timeout=(5, 90), after_429=(), max_retry_after=3600)
    assert list(retry_rules(rules)) == [
        "Each wait is up to 20% longer or shorter.",
        "Without a whole response in time: the waits are 5 s, 1 min 30 s.",
        "After a response of status 429: no further attempt.",
        "Retry-After of a 429 or 503 puts the next attempt off, up to 1 h.",
    ]


@pytest.mark.parametrize(
    ("seconds", "words"), [(0.5, "0.5 s"), (1.5, "1.5 s"), (90, "1 min 30 s"), (604_800, "7 d"), (0, "0 s")]
)
def test_a_span_has_its_largest_units(seconds: float, words: str) -> None:
    assert span(seconds) == words


def test_edges_of_one_operation_to_one_state_are_shown_together() -> None:
    edges = vendor("softsugar").lifecycle("task").edges
    cancel = next(edge for edge in edges if edge.by == "cancelTask")
    assert (cancel.sources, cancel.target) == (("notStarted", "waiting", "processing"), "cancelled")
    assert [edge.label for edge in edges if edge.outcome] == ["3 min (failed)"]


def test_an_error_case_names_the_operations_that_have_it() -> None:
    errors = {error.case.name: error for error in vendor("guiji").errors()}
    assert errors["signatureInvalid"].operations == ("getAccessToken",)
    assert "getAccessToken" in errors["accessTokenExpired"].operations


def test_a_schema_names_who_uses_it() -> None:
    messages, schemas = vendor("softsugar").users("TaskCompletion")
    assert (messages, schemas) == ((Place("callback", "taskCompleted"),), ())


@pytest.mark.parametrize(
    ("query", "kind", "place"),
    [
        ("createVideo", "operation", Place("operation", "createVideo")),
        ("speakerid", "field", Place("schema", "AudioRequest", "field.speakerId")),
        ("40019", "error", Place("errors", anchor="error.concurrencyExceeded")),
        ("数字人形象", "chapter", Place("overview", anchor="chapter.Avatar_asset_management")),
        ("taskCompleted", "callback", Place("callback", "taskCompleted")),
        ("width of ids", "contradiction", None),
        ("x-acs-action", "parameter", None),
        ("gender female", "schema", None),
        ("WAITING_DELETE", "state", Place("lifecycle", "asset", "state.waitingDelete")),
    ],
)
def test_everything_can_be_searched_for(query: str, kind: str, place: Place | None) -> None:
    entries = index().search(query)[kind]
    assert entries
    assert place is None or place in [entry.place for entry in entries]


def test_the_best_match_comes_first() -> None:
    assert index().search("getTask")["operation"][0].title == "getTask"


def test_a_chinese_phrase_is_searched_for_by_its_pairs_too() -> None:
    entry = Entry("chapter", "small", "Avatars", "", "虚拟数字人, 数字人平台", Place("overview"))
    assert entry.score(["虚拟数字人"]) > entry.score(["虚拟数字人平台"]) > 0
    assert entry.score(["虚拟平台"]) == 0


@pytest.mark.parametrize("query", ["", "   ", "nothingHasThisName", "数字猫", "(", "\\", "%"])
def test_what_is_nowhere_is_not_there(query: str) -> None:
    results = index().search(query)
    assert query.strip() in ("(", "\\", "%") or results == {}


def test_a_long_query_is_cut() -> None:
    assert index().search("a " * 100_000).keys() == index().search("a " * 8).keys()


def test_a_parameter_says_what_the_members_of_its_enumeration_mean() -> None:
    operation = vendor("aliyun-avatar").operation("ConfirmAvatar2dTrain")
    confirm = next(entry.node for entry in operation.parameters if entry.node.name == "Confirm")
    meanings = {member.value: member.meaning for member in confirm.members}
    assert meanings == {"ACCEPT": "train, and charge", "DECLINE": "do not"}
