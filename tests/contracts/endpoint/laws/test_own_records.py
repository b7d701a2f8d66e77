"""What a run counts among its own records: what has gone with its account is none."""

import json
from typing import Any

from bodydouble.contracts.core.wire import JSON, WireResponse
from bodydouble.contracts.endpoint.laws.context import LawContext
from bodydouble.contracts.endpoint.options import EndpointOptions
from bodydouble.contracts.model.exchange import OperationExchange
from bodydouble.contracts.model.links import request_of
from bodydouble.contracts.model.loader import load_contract

CONTROL = load_contract("control")
SCENARIO = {"vendor": "guiji", "operation": "createVideo", "outcome": "failed"}
SHOWN = {**SCENARIO, "task_name": None, "error": None, "reason": None, "remaining": None}


def called(operation_id: str, body: Any = None, shown: Any = None, **values: Any) -> OperationExchange:
    operation = CONTROL.operations[operation_id]
    status = int(next(code for code in operation.responses if code.startswith("2")))
    content = b"" if shown is None else json.dumps(shown).encode()
    return OperationExchange(
        CONTROL, operation, request_of(operation, values, body), WireResponse(status, {"content-type": JSON}, content)
    )


def added(account: str, number: int) -> OperationExchange:
    return called("addScenario", SCENARIO, {"id": number, **SHOWN}, accountId=account)


def own(*exchanges: OperationExchange) -> list[str]:
    def refuse(*_: Any) -> Any:
        raise AssertionError("nothing is sent here")

    context = LawContext(CONTROL, CONTROL.operations, EndpointOptions(), list(exchanges), refuse, lambda *_: True)
    return [record.id for record in context.own_records("scenario")]


def test_a_deleted_account_takes_its_records_with_it() -> None:
    deleted = called("deleteAccount", accountId="one")
    assert own(added("one", 1), added("two", 2), deleted) == ["2"]
    assert own(deleted, added("one", 1)) == ["1"]


def test_a_delete_that_names_no_record_takes_all_of_the_account() -> None:
    assert own(added("one", 1), added("two", 2), called("clearScenarios", accountId="two")) == ["1"]


def test_a_removed_record_is_no_longer_own() -> None:
    removed = called("removeScenario", accountId="one", scenarioId=1)
    assert own(added("one", 1), added("one", 2), removed) == ["2"]
