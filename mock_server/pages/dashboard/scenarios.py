"""Scenarios and faults: what will happen to which calls, and the bad days that have a name."""

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from bodydouble.contracts.reference.properties import properties_of
from bodydouble.mock_server.pages.context import PageContext
from bodydouble.mock_server.pages.dashboard.actions import Shown, page_or_problem
from bodydouble.mock_server.pages.dashboard.scenario_choices import ANY, Effect, content_of, effects, subjects
from bodydouble.mock_server.pages.forms import FieldError, number, text, time_ms, without_none
from bodydouble.mock_server.pages.notices import done

_SCENARIOS = "/_mock/dashboard/accounts/<account>/scenarios"


def scenario_pages(context: PageContext) -> Blueprint:
    """The pages of scenarios."""
    pages = Blueprint("scenarios", __name__)
    call = context.control.call

    @pages.get(_SCENARIOS)
    def index(account: str, problem: str = "") -> str:
        return render_template("dashboard/scenarios.html", problem=problem, **_facts(context, account))

    def acted(account: str, message: str) -> AnyResponse:
        return done(message, url_for(".index", account=account))

    @pages.post(_SCENARIOS)
    @page_or_problem(index)
    def add(account: str) -> AnyResponse:
        chosen = _chosen(context, request.form)
        effect = next((effect for effect in chosen["effects"] if effect.value == text("effect")), None)
        if effect is None:
            raise FieldError("effect: choose what happens")
        call("addScenario", account, body=_content(context, chosen, effect))
        return acted(account, "The scenario is planted.")

    @pages.post(f"{_SCENARIOS}/clear")
    @page_or_problem(index)
    def clear(account: str) -> AnyResponse:
        call("clearScenarios", account)
        return acted(account, "All scenarios are removed.")

    @pages.post(f"{_SCENARIOS}/<int:scenario>/remove")
    @page_or_problem(index)
    def remove(account: str, scenario: int) -> AnyResponse:
        call("removeScenario", account, scenario)
        return acted(account, "The scenario is removed.")

    @pages.post(f"{_SCENARIOS}/profile")
    @page_or_problem(index)
    def set_profile(account: str) -> AnyResponse:
        profile = text("profile")
        if profile is None:
            call("clearProfile", account)
            return acted(account, "An ordinary day.")
        call("setProfile", account, body=without_none(profile=profile, seed=number("seed")))
        return acted(account, f"A day of the profile {profile}.")

    return pages


def _facts(context: PageContext, account: str) -> Shown:
    values = request.form if request.method == "POST" else request.args
    scenarios = context.control.call("listScenarios", account)["scenarios"]
    return {
        "account": account,
        "scenarios": scenarios,
        "profile": next((scenario["profile"] for scenario in scenarios if scenario["profile"]), None),
        "profiles": context.control.call("listProfiles")["profiles"],
        "vendors": [name for name, contract in context.contracts.items() if contract.lifecycles],
        "parameters": _parameters(context),
        "values": values,
        **_chosen(context, values),
    }


def _chosen(context: PageContext, values: Mapping[str, str]) -> dict[str, Any]:
    """What the form offers after what has been chosen so far."""
    vendor, subject = values.get("vendor", ANY), values.get("operation", ANY)
    contract = context.contracts.get(vendor)
    groups = subjects(contract)
    if subject not in {name for _, members in groups for name, _ in members}:
        subject = ANY
    possible = effects(contract, subject)
    effect = next((effect for effect in possible if effect.value == values.get("effect")), None)
    return {
        "vendor": vendor if contract is not None else ANY,
        "operation": subject,
        "groups": groups,
        "effects": possible,
        "effect": effect,
    }


def _parameters(context: PageContext) -> Mapping[str, Mapping[str, Any]]:
    """The parameters of faults, as the control plane's specification describes them."""
    return properties_of(context.control.contract, "Fault")


def _content(context: PageContext, chosen: Mapping[str, Any], effect: Effect) -> dict[str, Any]:
    described = _parameters(context)
    values = {name: _value(name, described[name]) for name in (*effect.required, *effect.optional)}
    return {
        "vendor": chosen["vendor"],
        "operation": chosen["operation"],
        **content_of(effect.value, without_none(**values)),
        **without_none(
            task_name=text("task_name"),
            pattern=text("pattern"),
            reason=text("reason"),
            probability=number("probability"),
            times=number("times"),
            seed=number("seed"),
            until=time_ms("until"),
        ),
        # The name of this one is a word of the language.
        **without_none(**{"from": time_ms("from")}),
    }


def _value(name: str, schema: Mapping[str, Any]) -> Any:
    if schema["type"] == "boolean":
        return {"true": True, "false": False}.get(text(f"fault.{name}") or "")
    return text(f"fault.{name}") if schema["type"] == "string" else number(f"fault.{name}")
