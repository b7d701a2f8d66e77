"""The private parts of schemathesis: each one named, and used in one module only."""

import ast
import importlib
import inspect
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from packaging.requirements import Requirement

from bodydouble.contracts.endpoint import schemathesis_adapter

ROOT = Path(__file__).parents[3]
ADAPTER = Path(schemathesis_adapter.__file__).resolve()
# What any module may import, in addition to what the package itself exports: the settings, which are documented.
PUBLIC_MODULES = {"schemathesis.config"}


@dataclass(frozen=True)
class Symbol:
    """A private part of schemathesis.

    Attributes:
        path: attributes inside the module, joined by dots.
        parameters: those that the adapter, or schemathesis in a call of the adapter's replacement, names.
    """

    module: str
    path: str
    parameters: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        return f"{self.module}.{self.path}"


SYMBOLS = [
    Symbol("schemathesis.checks", "CHECKS.unregister", ("name",)),
    Symbol("schemathesis.checks", "negative_data_rejection", ("ctx", "response", "case")),
    Symbol("schemathesis.core.failures", "Failure", ("operation", "title", "message", "severity")),
    Symbol("schemathesis.core.failures", "Failure._unique_key"),
    Symbol("schemathesis.core.failures", "Severity.HIGH"),
    Symbol("schemathesis.core.mutations", "Mutation", ("parameter_location", "keywords", "parameter")),
    Symbol("schemathesis.core.parameters", "ParameterLocation.BODY"),
    Symbol("schemathesis.engine", "Status.FAILURE"),
    Symbol("schemathesis.engine", "from_schema", ("schema",)),
    Symbol("schemathesis.engine.context", "make_session", ("config", "operation")),
    Symbol("schemathesis.engine.core", "Engine.execute"),
    Symbol("schemathesis.engine.events", "FatalError", ("exception",)),
    Symbol("schemathesis.engine.events", "Interrupted"),
    Symbol("schemathesis.engine.events", "NonFatalError", ("error", "label")),
    Symbol("schemathesis.engine.events", "ScenarioFinished", ("phase", "label", "recorder")),
    Symbol("schemathesis.engine.outage", "answers_after_reset", ("address", "https")),
    Symbol("schemathesis.engine.recorder", "CaseNode", ("value",)),
    Symbol("schemathesis.engine.recorder", "CheckFailureInfo", ("failure",)),
    Symbol("schemathesis.engine.recorder", "CheckNode", ("name", "status", "failure_info")),
    Symbol("schemathesis.engine.recorder", "Interaction", ("response",)),
    Symbol("schemathesis.engine.recorder", "ScenarioRecorder.cases"),
    Symbol("schemathesis.engine.recorder", "ScenarioRecorder.checks"),
    Symbol("schemathesis.engine.recorder", "ScenarioRecorder.interactions"),
    Symbol("schemathesis.generation.case", "Case.get_container", ("location",)),
    Symbol("schemathesis.generation.case", "Case.meta"),
    Symbol("schemathesis.generation.meta", "CaseMetadata", ("generation", "phase")),
    Symbol(
        "schemathesis.generation.meta",
        "CoveragePhaseData",
        ("scenario", "description", "location", "parameter", "parameter_location"),
    ),
    Symbol("schemathesis.generation.meta", "CoverageScenario.INCORRECT_TYPE"),
    Symbol("schemathesis.generation.meta", "CoverageScenario.INVALID_ENUM_VALUE"),
    Symbol("schemathesis.generation.meta", "CoverageScenario.OBJECT_UNEXPECTED_PROPERTIES"),
    Symbol("schemathesis.generation.meta", "CoverageScenario.UNSPECIFIED_HTTP_METHOD"),
    Symbol("schemathesis.generation.meta", "CoverageScenario.VALID_OBJECT"),
    Symbol("schemathesis.generation.meta", "FuzzingPhaseData", ("mutations",)),
    Symbol("schemathesis.generation.meta", "GenerationInfo", ("mode",)),
    Symbol("schemathesis.generation.meta", "PhaseInfo", ("name", "data")),
    Symbol("schemathesis.generation.meta", "REQUEST_SHAPE_PROBES"),
    Symbol("schemathesis.generation.meta", "TestPhase.STATEFUL"),
    Symbol("schemathesis.generation.meta", "coverage_scenario", ("case",)),
    Symbol("schemathesis.generation.value", "GeneratedValue", ("value", "meta")),
    Symbol("schemathesis.generation.value", "GeneratedValue.map_value", ("function",)),
    Symbol("schemathesis.hooks", "HookDispatcher.register_hook_with_name", ("hook", "name")),
    Symbol("schemathesis.schemas", "APIOperation", ("definition", "label")),
    Symbol("schemathesis.openapi.checks", "UseAfterFree", ("free",)),
    Symbol("schemathesis.transport.requests", "REQUESTS_TRANSPORT.send", ("case", "session")),
]


@pytest.mark.parametrize("symbol", SYMBOLS, ids=lambda symbol: symbol.name)
def test_each_private_part_is_there_with_the_parameters_that_are_relied_on(symbol: Symbol) -> None:
    try:
        value: Any = importlib.import_module(symbol.module)
        for attribute in symbol.path.split("."):
            value = getattr(value, attribute)
    except (ImportError, AttributeError) as error:
        pytest.fail(f"schemathesis {schemathesis.__version__} has no {symbol.name} any more: {error}")
    if symbol.parameters:
        missing = set(symbol.parameters) - set(inspect.signature(value).parameters)
        assert not missing, f"{symbol.name} of schemathesis {schemathesis.__version__} has no parameter {missing}"


def test_the_list_names_all_that_the_adapter_imports() -> None:
    names = [symbol.name for symbol in SYMBOLS]
    for imported in _imports(ADAPTER):
        if not _is_public(imported):
            assert any(name == imported or name.startswith(f"{imported}.") for name in names), imported


def test_no_other_module_imports_private_parts() -> None:
    paths = [path for folder in ("contracts", "mock_server") for path in (ROOT / folder).rglob("*.py")]
    assert len(paths) > 100
    private = {
        str(path.relative_to(ROOT)): [name for name in _imports(path) if not _is_public(name)]
        for path in paths
        if path.resolve() != ADAPTER
    }
    assert {path: names for path, names in private.items() if names} == {}


def test_the_version_has_an_upper_bound_that_the_installed_one_keeps() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extra = project["optional-dependencies"]["contract-tests"]
    (requirement,) = [Requirement(line) for line in extra if line.startswith("schemathesis")]
    assert any(specifier.operator == "<" for specifier in requirement.specifier), requirement
    assert schemathesis.__version__ in requirement.specifier


def _is_public(name: str) -> bool:
    module, _, attribute = name.rpartition(".")
    return module in PUBLIC_MODULES or (module == "schemathesis" and attribute in schemathesis.__all__)


def _imports(path: Path) -> Iterator[str]:
    """The parts of schemathesis that a module imports, or uses as attributes of an imported module."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and (node.module or "").partition(".")[0] == "schemathesis":
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name.startswith("schemathesis."))
        elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "schemathesis":
            yield f"schemathesis.{node.attr}"
