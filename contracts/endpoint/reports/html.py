"""One page that a person can read, with nothing to load: operation by operation, then each broken promise."""

import re
from importlib.resources import files

from jinja2 import Environment, StrictUndefined

from bodydouble.contracts.endpoint.report import Report, Tested

# A page should show what matters of an answer; the curl line gets the rest.
LONGEST_EXCERPT = 2000
_GIVEN = re.compile(r"\$\{(\w+):\?\}")
_PHASES = ("examples", "coverage", "fuzzing", "stateful", "lifecycle", "shrinking")


def page(report: Report) -> str:
    """The page."""
    template = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    ).from_string(
        files("bodydouble.contracts.endpoint.reports").joinpath("page.html.jinja").read_text(encoding="utf-8")
    )
    verdicts = {name: report.verdict(name) for name in report.operations}
    return template.render(
        report=report,
        verdicts=verdicts,
        counted={word: list(verdicts.values()).count(word) for word in ("passed", "failed", "refused", "skipped")},
        phases=[phase for phase in _PHASES if any(phase in tested.cases for tested in report.operations.values())],
        outcomes={name: _outcomes(tested) for name, tested in report.operations.items()},
        shortened=_shortened,
        variables=_variables,
    )


def _outcomes(tested: Tested) -> str:
    return ", ".join(f"{name} {count}" for name, count in tested.outcomes.items() if name != "success")


def _variables(line: str) -> str:
    """What whoever runs a line has to set before."""
    names = sorted(set(_GIVEN.findall(line)))
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


def _shortened(text: str) -> str:
    return text if len(text) <= LONGEST_EXCERPT else f"{text[:LONGEST_EXCERPT]}… ({len(text)} characters)"
