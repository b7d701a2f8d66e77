"""docs/specifications.md, and the configuration of schemathesis that it shows."""

import re
import tomllib
from pathlib import Path

from schemathesis.checks import CHECKS, load_all_checks

from bodydouble.contracts.model.loader import load_contract

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs/specifications.md").read_text(encoding="utf-8")
CONFIGURATION = tomllib.loads((ROOT / "specs/schemathesis.toml").read_text(encoding="utf-8"))


def test_the_configuration_names_checks_that_exist_and_leaves_those_of_the_page() -> None:
    load_all_checks()
    disabled = {name for name, check in CONFIGURATION["checks"].items() if not check["enabled"]}
    assert disabled <= set(CHECKS.get_all_names())
    remaining = set(re.findall(r"`(\w+)`", PAGE.partition("All others pass:")[2].partition("\n\n")[0]))
    assert remaining <= set(CHECKS.get_all_names())
    assert disabled & remaining == set()
    assert {"not_a_server_error", "response_schema_conformance", "status_code_conformance"} <= remaining


def test_the_page_counts_the_operations() -> None:
    names = ("control", "guiji", "softsugar", "huawei-metastudio", "aliyun-avatar")
    counts = [len(load_contract(name).operations) for name in names]
    assert f"all requests: {', '.join(map(str, counts[:-1]))} and {counts[-1]};" in PAGE


def test_the_operations_that_a_generator_leaves_out_are_those_with_json_in_a_component_parameter() -> None:
    # openapi-python-client reads `content` of a parameter only where it stands in the operation itself.
    document = load_contract("aliyun-avatar").document
    components = {
        f"#/components/parameters/{name}"
        for name, entry in document.content["components"]["parameters"].items()
        if "content" in entry
    }
    left_out = [
        operation
        for item in document.content["paths"].values()
        for operation in item.values()
        if isinstance(operation, dict) and components & {entry.get("$ref") for entry in operation.get("parameters", ())}
    ]
    assert f"Alibaba: {len(left_out)} of {len(document.content['paths'])} operations" in PAGE
