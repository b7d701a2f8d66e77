"""The settings that the test engine runs with. Only its public API is used here."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import schemathesis
from schemathesis import BaseSchema
from schemathesis.config import (
    ChecksConfig,
    GenerationConfig,
    PhasesConfig,
    ProjectConfig,
    ProjectsConfig,
    SchemathesisConfig,
)

# Values of responses go into later requests only along the links of the specification. What the engine would pick up by
# itself makes a run depend on what else there is, and might delete what is not the test's own.
_UNAIDED = {"extra-data-sources": {"responses": False}}
_OFF = {"enabled": False}


@dataclass(frozen=True, slots=True)
class EngineSettings:
    """How the engine tests an endpoint.

    Attributes:
        timeout: seconds to wait for a response.
        examples: random requests to each operation.
        scenarios: stateful sequences; 0 for none.
        disabled_checks: names of the engine's own checks that do not run.
    """

    base_url: str
    seed: int
    timeout: float
    examples: int
    scenarios: int
    disabled_checks: Iterable[str]


def systematic_schema(document: Mapping[str, Any], settings: EngineSettings) -> BaseSchema:
    """A document with the phases that try what its schemas list: examples and limits."""
    return _schema(document, settings, {"examples": _UNAIDED, "coverage": _UNAIDED, "fuzzing": _OFF, "stateful": _OFF})


def random_schema(document: Mapping[str, Any], settings: EngineSettings) -> BaseSchema:
    """A document with the phases that try random values and sequences."""
    sequences = {
        "enabled": settings.scenarios > 0,
        "generation": {"max-examples": settings.scenarios or 1},
        "inference": {"algorithms": []},
    }
    fuzzing = {**_UNAIDED, "error-feedback": _OFF}
    return _schema(document, settings, {"examples": _OFF, "coverage": _OFF, "fuzzing": fuzzing, "stateful": sequences})


def _schema(document: Mapping[str, Any], settings: EngineSettings, phases: dict[str, Any]) -> BaseSchema:
    # Many endpoints, the mock server among them, refuse the character NUL in whatever text, and no vendor documents it.
    generation = {
        "database": "none",
        "with-security-parameters": False,
        "max-examples": settings.examples,
        "allow-x00": False,
    }
    project = ProjectConfig(
        base_url=settings.base_url,
        checks=ChecksConfig.from_dict({name: {"enabled": False} for name in settings.disabled_checks}),
        generation=GenerationConfig.from_dict(generation),
        phases=PhasesConfig.from_dict(phases),
        continue_on_failure=True,
        max_redirects=0,
        request_timeout=settings.timeout,
    )
    config = SchemathesisConfig(seed=settings.seed, projects=ProjectsConfig(default=project))
    return schemathesis.openapi.from_dict(dict(document), config=config)
