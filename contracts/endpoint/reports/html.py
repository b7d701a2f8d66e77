"""A self-contained HTML page: operation by operation, then each violation."""

import re
from importlib.resources import files

from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

from bodydouble.contracts.core import look
from bodydouble.contracts.core.printable import counted
from bodydouble.contracts.endpoint.laws.results import LawResult, LawVerdict
from bodydouble.contracts.endpoint.report import EndpointReport, OperationResult
from bodydouble.contracts.model.laws import DESCRIPTIONS, Law

# The page shows the beginning of a message; the curl line gets the rest.
MAX_EXCERPT_LENGTH = 2000
_VARIABLE = re.compile(r"\$\{(\w+):\?\}")
_PHASES = (
    "examples",
    "coverage",
    "fuzzing",
    "stateful",
    "sign-in",
    "probes",
    "malformed",
    "laws",
    "isolation",
    "lifecycle",
    "shrinking",
)

# The cells of the table of laws: a sign and a class of style.
_SIGNS = {
    LawVerdict.VIOLATED: ("\N{BALLOT X}", "failed"),
    LawVerdict.TESTED: ("\N{CHECK MARK}", "passed"),
    LawVerdict.UNTESTED: ("\N{WHITE CIRCLE}", "skipped"),
    LawVerdict.UNDECLARED: ("\N{EN DASH}", "soft"),
}
# The colours of verdicts.
_TONES = {"passed": "good", "failed": "bad", "rejected": "warn", "skipped": "warn", "untested": "warn"}


def page(report: EndpointReport) -> str:
    """The page."""
    template = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    ).from_string(
        files("bodydouble.contracts.endpoint.reports").joinpath("page.html.jinja").read_text(encoding="utf-8")
    )
    verdicts = {name: report.verdict(name) for name in report.operations}
    return template.render(
        stylesheet=Markup(look.stylesheet()),
        icon=Markup(look.icon()),
        report=report,
        verdicts=verdicts,
        verdict_counts={word: list(verdicts.values()).count(word) for word in _TONES},
        phases=[phase for phase in _PHASES if any(phase in result.requests for result in report.operations.values())],
        rejections={name: _rejections(result) for name, result in report.operations.items()},
        law_columns=[law for law in Law if any(result.law is law for result in report.laws)],
        law_rows=_law_rows(report),
        law_words=DESCRIPTIONS,
        signs=_SIGNS,
        tones=_TONES,
        counted=counted,
        shortened=_shortened,
        variables=_variables,
    )


def _law_rows(report: EndpointReport) -> dict[str, dict[Law, LawResult]]:
    rows: dict[str, dict[Law, LawResult]] = {}
    for result in report.laws:
        rows.setdefault(result.operation, {})[result.law] = result
    return rows


def _rejections(result: OperationResult) -> str:
    return ", ".join(f"{name} {count}" for name, count in result.responses.items() if name != "success")


def _variables(line: str) -> str:
    """The shell variables that must be set before a line is run."""
    names = sorted(set(_VARIABLE.findall(line)))
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


def _shortened(text: str) -> str:
    return text if len(text) <= MAX_EXCERPT_LENGTH else f"{text[:MAX_EXCERPT_LENGTH]}… ({len(text)} characters)"
