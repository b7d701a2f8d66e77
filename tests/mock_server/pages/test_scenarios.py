"""The pages of scenarios and faults: forms that offer what an operation allows, and lists of what is planted."""

import re
from html import unescape
from typing import Any
from urllib.parse import quote

import pytest

from bodydouble.mock_server.pages.dashboard.scenario_choices import content_of, effects, subjects
from bodydouble.mock_server.vendors import load_vendors
from bodydouble.testing import Account
from tests.support.guiji import Guiji
from tests.support.in_process import InProcessServer
from tests.support.page_reader import Page, PageReader

LIST = "/openapi/video/v2/pageList"
GUIJI = load_vendors()["guiji"].contract


@pytest.fixture
def account(server: InProcessServer) -> Account:
    return Account(server, frozen_at=1_700_000_000_000)


@pytest.fixture
def pages(account: Account) -> str:
    return f"/_mock/dashboard/accounts/{account.id}/scenarios"


def scenarios(account: Account) -> list[dict[str, Any]]:
    listed: list[dict[str, Any]] = account.control("GET", "/scenarios").json["scenarios"]
    return listed


def choose(reader: PageReader, pages: str, vendor: str, operation: str, effect: str) -> Page:
    return reader.get(f"{pages}?vendor={quote(vendor)}&operation={quote(operation)}&effect={quote(effect, safe='')}")


def options(text: str, name: str) -> list[str]:
    select = re.search(rf'<select id="{name}".*?</select>', text, re.DOTALL)
    assert select is not None
    return [unescape(value) for value in re.findall(r'<option value="([^"]*)"', select[0])]


def test_an_operation_offers_its_own_outcomes_and_errors(reader: PageReader, pages: str) -> None:
    page = choose(reader, pages, "guiji", "createVideo", "").text
    offered = options(page, "effect")
    assert "outcome/success" in offered
    assert "outcome/stuck" in offered
    assert {f"error/{case.name}" for case in GUIJI.operations["createVideo"].errors} <= set(offered)
    assert "fault/reset" in offered
    assert "fault/lost" not in offered
    listing = options(choose(reader, pages, "guiji", "listVideos", "").text, "effect")
    assert not [value for value in listing if value.startswith("outcome/")]


def test_a_callback_offers_faults_of_callbacks(reader: PageReader, pages: str) -> None:
    offered = options(choose(reader, pages, "guiji", "videoResult", "").text, "effect")
    assert "fault/lost" in offered
    assert "fault/reset" not in offered


def test_a_fault_is_planted_by_form_and_seen_striking(reader: PageReader, account: Account, pages: str) -> None:
    page = choose(reader, pages, "guiji", "listVideos", "fault/gateway")
    page = reader.send(page, pages, **{"fault.status": "503", "times": "1"})
    assert "The scenario is planted." in page.text
    (planted,) = scenarios(account)
    assert planted["fault"] == {"kind": "gateway", "status": 503}
    assert "0 of 0" in page.text
    assert Guiji(account).send("POST", LIST, {"page": 1, "size": 10}).status == 503
    assert "1 of 1" in reader.get(pages).text


def test_each_parameter_of_a_fault_has_a_field(reader: PageReader, account: Account, pages: str) -> None:
    page = choose(reader, pages, "*", "*", "fault/latency/uniform")
    fields = {"fault.min_milliseconds": "5", "fault.max_milliseconds": "50", "probability": "0.25", "seed": "7"}
    reader.send(page, pages, **fields)
    (planted,) = scenarios(account)
    expected = {"kind": "latency", "distribution": "uniform", "min_milliseconds": 5, "max_milliseconds": 50}
    assert (planted["fault"], planted["probability"], planted["seed"]) == (expected, 0.25, 7)


def test_an_outcome_and_an_error_are_planted_by_form(reader: PageReader, account: Account, pages: str) -> None:
    reader.send(choose(reader, pages, "guiji", "createVideo", "outcome/failed"), pages, task_name="film", times="2")
    name = next(effect.value for effect in effects(GUIJI, "createVideo") if effect.group == "error")
    reader.send(choose(reader, pages, "guiji", "createVideo", name), pages)
    planted = {scenario["outcome"] or scenario["error"]: scenario for scenario in scenarios(account)}
    assert planted["failed"]["task_name"] == "film"
    assert planted["failed"]["remaining"] == 2
    assert name.removeprefix("error/") in planted


def test_a_refused_form_keeps_what_was_written(reader: PageReader, account: Account, pages: str) -> None:
    page = choose(reader, pages, "*", "*", "fault/drip")
    page = reader.send(page, pages, **{"fault.bytes_per_second": "0", "pattern": "abc"})
    assert page.status == 400
    assert 'role="alert"' in page.text
    assert 'value="abc"' in page.text
    assert scenarios(account) == []


def test_scenarios_are_removed_singly_and_all_at_once(reader: PageReader, account: Account, pages: str) -> None:
    for status in ("502", "503"):
        page = choose(reader, pages, "*", "*", "fault/gateway")
        reader.send(page, pages, **{"fault.status": status})
    first = scenarios(account)[0]["id"]
    page = reader.send(reader.get(pages), f"{pages}/{first}/remove")
    assert "The scenario is removed." in page.text
    assert len(scenarios(account)) == 1
    reader.send(page, f"{pages}/clear")
    assert scenarios(account) == []


def test_a_bad_day_is_chosen_by_its_name(reader: PageReader, account: Account, pages: str) -> None:
    page = reader.send(reader.get(pages), f"{pages}/profile", profile="flaky-network", seed="3")
    assert "<option selected>flaky-network</option>" in page.text
    assert {scenario["profile"] for scenario in scenarios(account)} == {"flaky-network"}
    reader.send(page, f"{pages}/profile", profile="")
    assert scenarios(account) == []


def test_a_pattern_is_shown_as_text(reader: PageReader, pages: str) -> None:
    page = choose(reader, pages, "*", "*", "fault/malformedJson")
    page = reader.send(page, pages, pattern="<script>alert(1)</script>", task_name="<b>")
    assert "<script>alert" not in page.text
    assert "&lt;script&gt;" in page.text


def test_every_subject_of_every_vendor_offers_something() -> None:
    for vendor in load_vendors().values():
        for _, members in subjects(vendor.contract):
            for name, _ in members:
                assert effects(vendor.contract, name)


def test_an_effect_is_what_the_control_plane_takes() -> None:
    assert content_of("error/x", {}) == {"error": "x"}
    assert content_of("fault/reset", {"at": "body"}) == {"fault": {"kind": "reset", "at": "body"}}
    assert content_of("fault/latency/fixed", {"milliseconds": 1}) == {
        "fault": {"kind": "latency", "distribution": "fixed", "milliseconds": 1}
    }
