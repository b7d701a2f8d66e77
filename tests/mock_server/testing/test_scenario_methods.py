"""What the account object and the server's own profile do with faults."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from bodydouble.mock_server.engine.profiles import PROFILES
from bodydouble.mock_server.testing.account import Account, ControlError
from tests.support.guiji import Guiji
from tests.support.in_process import InProcessServer

PATH = "/openapi/user/v2/get"


def test_a_fault_is_planted_with_its_choice_and_its_parameters(account: Account) -> None:
    planted = account.fault(
        "gateway",
        "guiji",
        "createVideo",
        status=502,
        processed=True,
        pattern="a",
        probability=0.5,
        seed=3,
        times=2,
        task_name="x",
        from_at=1,
        until_at=2,
    )
    assert account.scenarios() == [planted]
    assert planted["fault"] == {"kind": "gateway", "status": 502, "processed": True}
    names = ("vendor", "operation", "pattern", "probability", "seed", "remaining", "task_name", "from", "until")
    assert [planted[name] for name in names] == ["guiji", "createVideo", "a", 0.5, 3, 2, "x", 1, 2]


def test_a_fault_strikes_every_vendor_unless_one_is_named(guiji: Guiji) -> None:
    guiji.account.fault("gateway", status=503)
    assert guiji.send("GET", PATH).status == 503
    assert [scenario["struck"] for scenario in guiji.account.scenarios()] == [1]
    guiji.account.clear_scenarios()
    assert guiji.send("GET", PATH).status == 200


def test_a_profile_is_planted_and_removed(account: Account) -> None:
    account.fault("malformedJson")
    planted = account.profile("flaky-network", seed=7)
    assert [scenario["fault"] for scenario in planted] == [
        scenario["fault"] for scenario in PROFILES["flaky-network"]["scenarios"]
    ]
    assert {scenario["seed"] for scenario in planted} == {7}
    account.clear_profile()
    assert [scenario["fault"]["kind"] for scenario in account.scenarios()] == ["malformedJson"]


def test_what_is_no_fault_and_no_profile_is_an_error_that_names_the_place(account: Account) -> None:
    with pytest.raises(ControlError, match="/fault/bytes_per_second"):
        account.fault("drip", bytes_per_second=0)
    with pytest.raises(ControlError, match="there are slow-vendor"):
        account.profile("sunday")
    assert account.scenarios() == []


def test_responses_under_faults_that_another_program_planted_are_left_out_of_the_laws(guiji: Guiji) -> None:
    account = guiji.account
    video = guiji.synthesise()
    other = {"vendor": "*", "operation": "*", "fault": {"kind": "gateway", "status": 502}}
    account.http.post(f"{account.path}/scenarios", other)
    guiji.send("GET", f"/openapi/video/v2/get/{video}")
    account.assert_laws_kept()


@pytest.fixture
def stormy(tmp_path: Path) -> Iterator[InProcessServer]:
    """A server whose accounts start with a profile."""
    server = InProcessServer(tmp_path, profile="outage", fault_seed=7)
    yield server
    server.close()


def planted_in(server: InProcessServer, account_id: str) -> set[tuple[str, int]]:
    listed = server.http.get(f"/_mock/accounts/{account_id}/scenarios").json["scenarios"]
    return {(scenario["profile"], scenario["seed"]) for scenario in listed}


def test_a_server_with_a_profile_plants_it_in_the_default_account_and_in_new_accounts(stormy: InProcessServer) -> None:
    account = Account(stormy)
    assert planted_in(stormy, "default") == planted_in(stormy, account.id) == {("outage", 7)}
    assert Guiji(account).send("GET", PATH).status in (502, 503, 504)
    account.clear_profile()
    assert Guiji(account).send("GET", PATH).status == 200
    account.control("POST", "/reset")
    assert planted_in(stormy, account.id) == {("outage", 7)}


def test_a_profile_replaces_that_of_an_earlier_start_in_every_account(tmp_path: Path) -> None:
    accounts: list[str] = []
    for profile in ("outage", "throttled", None):
        server = InProcessServer(tmp_path, profile=profile)
        for account in ("default", *accounts):
            assert {planted for planted, _ in planted_in(server, account)} == {profile or "throttled"}
        accounts += [Account(server).id] if profile is not None else []
        server.close()
