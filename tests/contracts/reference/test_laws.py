"""The laws between requests in words."""

from functools import cache

import pytest

from bodydouble.contracts.model import documents
from bodydouble.contracts.model.laws import Law
from bodydouble.contracts.model.loader import load_contract
from bodydouble.contracts.reference.law_words import FieldName, PlaceName, plain_text
from bodydouble.contracts.reference.laws import LawReference, OperationLawsReference
from bodydouble.contracts.reference.places import Place
from bodydouble.contracts.reference.vendor import VendorReference


@cache
def vendor(name: str) -> VendorReference:
    return VendorReference(load_contract(name))


def laws_of(name: str, operation: str) -> OperationLawsReference:
    laws = vendor(name).operation_laws(operation)
    assert laws is not None
    return laws


def law_of(name: str, operation: str, law: Law) -> LawReference:
    return next(entry for entry in laws_of(name, operation).laws if entry.law is law)


@pytest.mark.parametrize(
    ("name", "operation", "law", "words"),
    [
        ("guiji", "listPublicAvatars", Law.FILTER, "name in the body: sceneName contains it, in any case of letters"),
        ("guiji", "listPublicAvatars", Law.PAGES, "page in the body chooses the page; the first is 1."),
        ("guiji", "createAvatarTraining", Law.VALUES_KEPT, "title of the record is name in the body."),
        (
            "guiji",
            "createAvatarTraining",
            Law.UNIQUE_IDS,
            "With id in the body, it may give an identifier",
        ),
        ("guiji", "getAccessToken", Law.TOKEN_LIFE, "The access token lives 7,200 seconds."),
        ("guiji", "createVideo", Law.PROGRESS, "Its work goes through the lifecycle video."),
        ("softsugar", "listTasks", Law.ORDER, "By default in the order of creation, the latest first."),
        ("softsugar", "deletePreheatedFiles", Law.CREATED_SHOWN, "when its own record has come to completed."),
        ("huawei-metastudio", "ListAssets", Law.FILTER, "for `CUSTOMIZATION` records show project_id in the path."),
    ],
)
def test_a_law_says_which_fields_it_is_about(name: str, operation: str, law: Law, words: str) -> None:
    assert words in " ".join(map(plain_text, law_of(name, operation, law).lines))


def test_a_law_that_cannot_be_tested_says_why() -> None:
    law = law_of("guiji", "listPublicVoices", Law.ISOLATION)
    assert (law.reason, law.lines) == ("The voices are everybody's.", ())


def test_what_is_said_of_records_stands_before_the_laws() -> None:
    laws = laws_of("aliyun-avatar", "QueryVideoTaskInfo")
    assert (laws.resource, laws.role) == ("videoTask", "lists records")
    assert [plain_text(line) for line in laws.about] == [
        "Its responses show records in /Data/List, identified by TaskUuid.",
        "It leaves out records in the states cancelled, expired.",
    ]
    assert laws.about[1][1] == PlaceName("cancelled", Place("lifecycle", "videoTask", "state.cancelled"))


def test_fields_of_records_lead_to_the_response_that_shows_them() -> None:
    lines = law_of("guiji", "createAvatarTraining", Law.VALUES_KEPT).lines
    assert lines[1][0] == FieldName("title", "listAvatarTrainings", "body", "/data/records/title", 200)


@pytest.mark.parametrize("name", documents.names())
def test_every_field_of_every_law_has_its_place(name: str) -> None:
    for operation in vendor(name).contract.operations:
        laws = vendor(name).operation_laws(operation)
        lines = () if laws is None else (*laws.about, *(line for law in laws.laws for line in law.lines))
        fields = [piece for line in lines for piece in line if isinstance(piece, FieldName) and piece.pointer]
        for field in fields:
            place = vendor(name).field_place(field.operation, field.part, field.pointer, field.status)
            assert place is not None
            # Not only that of the whole message.
            assert place.anchor.count(".") > (field.status is not None), (operation, field)


@pytest.mark.parametrize("name", documents.names())
def test_each_law_lists_the_operations_that_it_concerns(name: str) -> None:
    listed = {(use.law, operation) for use in vendor(name).laws() for operation in (*use.operations, *use.excepted)}
    operations = vendor(name).contract.operations.values()
    assert listed == {(law, entry.id) for entry in operations if entry.laws is not None for law in entry.laws.required}
