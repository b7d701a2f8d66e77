"""Which calls faults strike, what is refused, and what the journal says of it."""

from typing import Any

import pytest

from bodydouble.mock_server.engine.profiles import PROFILES
from bodydouble.mock_server.store import scenarios as store
from bodydouble.mock_server.testing.account import Account
from bodydouble.mock_server.testing.http import HttpResponse
from tests.support.guiji import Guiji
from tests.support.in_process import InProcessServer
from tests.support.times import SAMPLE_TIME

SECOND = 1000


def plant(account: Account, kind: str = "gateway", **choice: Any) -> dict[str, Any]:
    parameters = choice.pop("fault", {"status": 503} if kind == "gateway" else {})
    vendor, operation = choice.pop("vendor", "guiji"), choice.pop("operation", "*")
    return account.scenario(vendor, operation, fault={"kind": kind, **parameters}, **choice)


def statuses(guiji: Guiji, number: int, path: str = "/openapi/user/v2/get") -> list[int]:
    return [guiji.send("GET", path).status for _ in range(number)]


def create(guiji: Guiji, **changed: str) -> HttpResponse:
    body = {"videoName": "plain", "sceneId": "-101", "text": "Hello.", "speakerId": "C_101", "pn": 0, **changed}
    return guiji.send("POST", "/openapi/video/v3/simpleCreate", body)


def scenarios(account: Account) -> list[dict[str, Any]]:
    return list(account.control("GET", "/scenarios").json["scenarios"])


def test_a_fault_strikes_a_number_of_times_and_stays_in_the_list(guiji: Guiji) -> None:
    plant(guiji.account, times=2)
    assert statuses(guiji, 4) == [503, 503, 200, 200]
    (scenario,) = scenarios(guiji.account)
    assert (scenario["seen"], scenario["struck"], scenario["remaining"]) == (2, 2, 0)
    guiji.account.control("DELETE", f"/scenarios/{scenario['id']}")
    assert scenarios(guiji.account) == []


def test_faults_are_limited_to_operations_and_to_patterns(guiji: Guiji) -> None:
    plant(guiji.account, operation="getAccountBenefits")
    plant(guiji.account, operation="createVideo", pattern="unlucky|jinxed")
    assert statuses(guiji, 1) == [503]
    assert create(guiji, videoName="plain").status == 200
    assert create(guiji, videoName="the unlucky one").status == 503


def test_faults_are_limited_to_a_period_of_the_clock(server: InProcessServer) -> None:
    account = Account(server, frozen_at=SAMPLE_TIME)
    guiji = Guiji(account)
    period: dict[str, Any] = {"from": SAMPLE_TIME + 10 * SECOND, "until": SAMPLE_TIME + 20 * SECOND}
    plant(account, **period)
    assert statuses(guiji, 1) == [200]
    account.advance(10)
    assert statuses(guiji, 1) == [503]
    account.advance(10)
    assert statuses(guiji, 1) == [200]


def test_the_same_seed_strikes_the_same_calls(server: InProcessServer) -> None:
    def struck(seed: int) -> list[int]:
        guiji = Guiji(Account(server))
        plant(guiji.account, probability=0.5, seed=seed)
        return statuses(guiji, 40)

    first = struck(7)
    assert first == struck(7)
    assert first != struck(8)
    assert 10 < first.count(503) < 30


def test_several_faults_of_a_kind_strike_in_the_order_in_which_they_were_planted(guiji: Guiji) -> None:
    plant(guiji.account, fault={"status": 504})
    plant(guiji.account, fault={"status": 502})
    assert statuses(guiji, 2) == [504, 504]
    (entry, _) = guiji.account.journal(operation="getAccountBenefits")
    assert [fault["kind"] for fault in entry["faults"]] == ["gateway", "gateway"]


@pytest.mark.parametrize(
    ("fault", "creates"), [({"status": 502}, 0), ({"status": 504}, 1), ({"status": 502, "processed": True}, 1)]
)
def test_a_request_behind_a_gateway_is_processed_or_not(guiji: Guiji, fault: dict[str, Any], creates: int) -> None:
    plant(guiji.account, fault=fault, operation="createVideo")
    assert create(guiji).status == fault["status"]
    assert [task["vendor"] for task in guiji.account.tasks()].count("guiji") == creates


def test_a_rate_limit_is_counted_for_each_operation_on_the_clock_of_the_account(server: InProcessServer) -> None:
    account = Account(server, frozen_at=SAMPLE_TIME)
    guiji = Guiji(account)
    plant(account, "rateLimit", fault={"per_second": 0.5, "burst": 2})
    codes = [guiji.send("GET", "/openapi/user/v2/get").json["code"] for _ in range(3)]
    assert codes == ["0", "0", "40019"]
    assert create(guiji).json["success"]
    account.advance(2)
    codes = [guiji.send("GET", "/openapi/user/v2/get").json["code"] for _ in range(2)]
    assert codes == ["0", "40019"]
    assert [scenario["struck"] for scenario in scenarios(account)] == [2]


def test_another_account_has_no_faults(guiji: Guiji, server: InProcessServer) -> None:
    plant(guiji.account)
    assert statuses(Guiji(Account(server)), 1) == [200]


@pytest.mark.parametrize("name", list(PROFILES))
def test_a_profile_plants_what_the_list_shows_in_place_of_another_one(account: Account, name: str) -> None:
    plant(account, "malformedJson")
    account.control("PUT", "/profile", {"profile": "outage"})
    planted = account.control("PUT", "/profile", {"profile": name, "seed": 3}).json["scenarios"]
    shown = {profile["name"]: profile for profile in account.server.http.get("/_mock/profiles").json["profiles"]}
    assert [scenario["fault"] for scenario in planted] == [scenario["fault"] for scenario in shown[name]["scenarios"]]
    assert {scenario["seed"] for scenario in planted} == {3}
    assert [scenario["profile"] for scenario in scenarios(account)] == [None, *[name] * len(planted)]
    account.control("DELETE", "/profile")
    assert [scenario["profile"] for scenario in scenarios(account)] == [None]


@pytest.mark.generated
@pytest.mark.parametrize(
    ("changed", "place"),
    [
        ({"fault": {"kind": "earthquake"}}, "/fault/kind"),
        ({"probability": 1.5}, "/probability"),
        ({"fault": {"kind": "latency", "distribution": "fixed", "milliseconds": -1}}, "/fault/milliseconds"),
        ({"fault": {"kind": "latency", "distribution": "fixed", "milliseconds": 60_001}}, "/fault/milliseconds"),
        ({"fault": {"kind": "latency", "distribution": "fixed"}}, "/fault/milliseconds"),
        ({"fault": {"kind": "latency", "distribution": "fixed", "milliseconds": 1, "sigma": 1}}, "/fault/sigma"),
        (
            {"fault": {"kind": "latency", "distribution": "uniform", "min_milliseconds": 2, "max_milliseconds": 1}},
            "/fault/min_milliseconds",
        ),
        ({"fault": {"kind": "drip", "bytes_per_second": 0}}, "/fault/bytes_per_second"),
        ({"fault": {"kind": "drip"}}, "/fault/bytes_per_second"),
        ({"fault": {"kind": "malformedJson", "bytes": 1}}, "/fault/bytes"),
        ({"probability": -0.1}, "/probability"),
        ({"times": 0}, "/times"),
        ({"seed": -1}, "/seed"),
        ({"pattern": "a" * 501}, "/pattern"),
        ({"pattern": r"(a)\1"}, "/pattern"),
        ({"pattern": "("}, "/pattern"),
        ({"pattern": "(?=a)"}, "/pattern"),
        ({"pattern": "(a{1000}){1000}"}, "/pattern"),
        ({"from": 2, "until": 2}, "/from"),
        ({"vendor": "nobody"}, "/vendor"),
        ({"operation": "nothing"}, "/operation"),
        ({"operation": "getAccessToken"}, "/operation"),
        ({"outcome": "failed"}, "fault"),
    ],
)
def test_what_is_no_fault_is_refused_with_its_place(account: Account, changed: dict[str, Any], place: str) -> None:
    body = {"vendor": "guiji", "operation": "*", "fault": {"kind": "gateway", "status": 502}, **changed}
    response = account.control("POST", "/scenarios", body)
    assert response.status == 400
    assert place in response.json["message"]
    assert scenarios(account) == []


def test_a_pattern_takes_linear_time_whatever_it_is(guiji: Guiji) -> None:
    plant(guiji.account, operation="createVideo", pattern="(a+)+b")
    assert create(guiji, text="a" * 5_000).status == 200


def test_an_account_has_a_bounded_number_of_scenarios(account: Account) -> None:
    for _ in range(40):
        account.control("PUT", "/profile", {"profile": "flaky-network"})
    assert len(scenarios(account)) == len(PROFILES["flaky-network"]["scenarios"])


def test_what_is_too_many_is_refused_and_changes_nothing(
    in_process_server: InProcessServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "MAX_SCENARIOS", 3)
    account = Account(in_process_server)
    account.profile("outage")
    before = scenarios(account)
    body = {"vendor": "*", "operation": "*", "fault": {"kind": "malformedJson"}}
    for method, path, content in (("POST", "/scenarios", body), ("PUT", "/profile", {"profile": "flaky-network"})):
        response = account.control(method, path, content)
        assert (response.status, response.json["error"]) == (400, "scenarioUnusable")
        assert "3 scenarios" in response.json["message"]
        assert scenarios(account) == before


def test_an_unknown_profile_is_refused_and_changes_nothing(account: Account) -> None:
    account.control("PUT", "/profile", {"profile": "outage"})
    response = account.control("PUT", "/profile", {"profile": "sunday"})
    assert (response.status, response.json["error"]) == (404, "profileNotFound")
    assert {scenario["profile"] for scenario in scenarios(account)} == {"outage"}


def test_what_a_body_has_in_addition_is_ignored(account: Account) -> None:
    body = {
        "vendor": "*",
        "operation": "*",
        "fault": {"kind": "malformedJson"},
        "profile": "x",
        "seen": 7,
        "colour": "red",
    }
    scenario = account.control("POST", "/scenarios", body).json
    assert (scenario["profile"], scenario["seen"]) == (None, 0)
