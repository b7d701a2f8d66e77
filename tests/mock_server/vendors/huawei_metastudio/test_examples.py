"""The examples of the contract work unchanged on a new account."""

from typing import Any

import pytest

from bodydouble.contracts.core.json_pointer import lookup
from bodydouble.contracts.model.contract import Operation
from bodydouble.contracts.model.loader import load_contract
from bodydouble.mock_server.testing.account import Account
from tests.support.huawei_metastudio import DRAFT, FIRST_FILE, OWN_PICTURE, VENDOR, MetaStudio

CONTRACT = load_contract(VENDOR)
IDS = {"asset_id": OWN_PICTURE, "script_id": DRAFT, "file_id": FIRST_FILE}


def example(operation: Operation) -> Any:
    body = lookup(CONTRACT.document.content, operation.pointer).get("requestBody")
    return ... if body is None else body["content"]["application/json"]["example"]


def path_of(operation: Operation) -> str:
    return operation.path.removeprefix("/v1/{project_id}").format_map(IDS)


@pytest.mark.parametrize(
    "name", [name for name, operation in CONTRACT.operations.items() if "{job_id}" not in operation.path]
)
def test_the_example_of_every_operation_succeeds_on_a_new_account(account: Account, name: str) -> None:
    studio, operation = MetaStudio(account), CONTRACT.operations[name]
    if name == "RestoreAsset":
        studio.delete_asset(OWN_PICTURE)
    response = studio.send(operation.method, path_of(operation), example(operation))
    assert response.status == 200, response.body


def test_the_documents_example_works_once_it_is_corrected(account: Account) -> None:
    studio = MetaStudio(account)
    body = example(CONTRACT.operations["Create2DDigitalHumanVideo"])
    job_id = studio.data("POST", "/2d-digital-human-videos", body)["job_id"]
    account.advance(10)
    job = studio.job(job_id)
    assert (job["state"], job["output_asset_config"]["asset_name"]) == ("SUCCEED", "Yunling's self-introduction.")
