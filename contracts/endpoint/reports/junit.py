"""JUnit XML, for continuous integration: a test case for each operation."""

import re
from xml.etree import ElementTree

from bodydouble.contracts.core.printable import counted
from bodydouble.contracts.endpoint.report import EndpointReport

# What XML 1.0 cannot hold.
_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_WHY_SKIPPED = {
    "skipped": "metered, with no budget left for it",
    "untested": "the run ended before it",
    "rejected": "no request succeeded, so little was tested",
}


def junit_xml(report: EndpointReport) -> bytes:
    """The document, UTF-8."""
    verdicts = [report.verdict(name) for name in report.operations]
    suite = ElementTree.Element(
        "testsuite",
        name=f"bodydouble check {report.vendor}",
        tests=str(len(verdicts) + bool(report.errors)),
        failures=str(verdicts.count("failed")),
        errors=str(int(bool(report.errors))),
        skipped=str(sum(verdict in _WHY_SKIPPED for verdict in verdicts)),
        time=f"{report.seconds:.3f}",
        timestamp=report.began,
    )
    _add_properties(suite, report)
    for name in report.operations:
        _add_case(suite, report, name)
    if report.errors:
        error = ElementTree.SubElement(suite, "testcase", classname=report.vendor, name="the run itself")
        ElementTree.SubElement(error, "error", message="could not run").text = _allowed("\n".join(report.errors))
    ElementTree.indent(suite)
    document: bytes = ElementTree.tostring(suite, encoding="utf-8", xml_declaration=True)
    return document


def _add_properties(suite: ElementTree.Element, report: EndpointReport) -> None:
    properties = ElementTree.SubElement(suite, "properties")
    values = {
        "url": report.url,
        "seed": str(report.seed),
        "requests": str(report.requests),
        "metered": str(report.metered),
        "metered limit": "unlimited" if report.metered_limit is None else str(report.metered_limit),
    }
    if report.laws:
        counts = report.law_counts
        values |= {
            f"laws {word}": str(getattr(counts, word)) for word in ("declared", "tested", "violated", "untested")
        }
    for name, value in values.items():
        ElementTree.SubElement(properties, "property", name=name, value=_allowed(value))


def _add_case(suite: ElementTree.Element, report: EndpointReport, operation: str) -> None:
    case = ElementTree.SubElement(suite, "testcase", classname=f"{report.vendor}.{operation}", name=operation)
    verdict, findings = report.verdict(operation), report.findings_of(operation)
    if findings:
        # One failure element for a case: not every tool understands more.
        checks = ", ".join(sorted({finding.check for finding in findings}))
        message = f"{counted(len(findings), 'violation')}: {checks}"
        failure = ElementTree.SubElement(case, "failure", message=message, type=findings[0].check)
        failure.text = _allowed("\n\n".join(map(str, findings)))
    elif verdict in _WHY_SKIPPED:
        ElementTree.SubElement(case, "skipped", message=_WHY_SKIPPED[verdict])


def _allowed(text: str) -> str:
    return _FORBIDDEN.sub("\ufffd", text)
