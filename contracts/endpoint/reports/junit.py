"""JUnit XML, for continuous integration: a test case for each operation."""

import re
from xml.etree import ElementTree

from bodydouble.contracts.endpoint.report import EndpointReport, counted

# What XML 1.0 cannot hold.
_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_WHY_SKIPPED = {
    "skipped": "metered, with no budget left for it",
    "rejected": "no request succeeded, so little was tested",
}


def junit_xml(report: EndpointReport) -> bytes:
    """The document, UTF-8."""
    verdicts = {name: report.verdict(name) for name in report.operations}
    suite = ElementTree.Element(
        "testsuite",
        name=f"bodydouble check {report.vendor}",
        tests=str(len(verdicts)),
        failures=str(sum(verdict == "failed" for verdict in verdicts.values())),
        errors=str(int(bool(report.errors))),
        skipped=str(sum(verdict in _WHY_SKIPPED for verdict in verdicts.values())),
        time=f"{report.seconds:.3f}",
        timestamp=report.began,
    )
    properties = ElementTree.SubElement(suite, "properties")
    limit = "unlimited" if report.metered_limit is None else str(report.metered_limit)
    for name, value in (
        ("url", report.url),
        ("seed", str(report.seed)),
        ("requests", str(report.requests)),
        ("metered", str(report.metered)),
        ("metered limit", limit),
    ):
        ElementTree.SubElement(properties, "property", name=name, value=_allowed(value))
    for name, verdict in verdicts.items():
        case = ElementTree.SubElement(suite, "testcase", classname=f"{report.vendor}.{name}", name=name)
        # One failure element for a case: more are not understood everywhere.
        findings = report.findings_of(name)
        if findings:
            checks = ", ".join(sorted({finding.check for finding in findings}))
            message = f"{counted(len(findings), 'violation')}: {checks}"
            failure = ElementTree.SubElement(case, "failure", message=message, type=findings[0].check)
            failure.text = _allowed("\n\n".join(map(str, findings)))
        elif verdict in _WHY_SKIPPED:
            ElementTree.SubElement(case, "skipped", message=_WHY_SKIPPED[verdict])
    if report.errors:
        error = ElementTree.SubElement(suite, "testcase", classname=report.vendor, name="the run itself")
        ElementTree.SubElement(error, "error", message="could not run").text = _allowed("\n".join(report.errors))
        suite.set("tests", str(len(verdicts) + 1))
    ElementTree.indent(suite)
    document: bytes = ElementTree.tostring(suite, encoding="utf-8", xml_declaration=True)
    return document


def _allowed(text: str) -> str:
    return _FORBIDDEN.sub("\ufffd", text)
