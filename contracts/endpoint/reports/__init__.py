"""A report of an endpoint's test as files: JUnit XML, JSON, and a page to read."""

import json as json_format
from pathlib import Path

from bodydouble.contracts.endpoint.report import EndpointReport
from bodydouble.contracts.endpoint.reports.html import page
from bodydouble.contracts.endpoint.reports.junit import junit_xml


def write(
    report: EndpointReport, junit: Path | None = None, json: Path | None = None, html: Path | None = None
) -> None:
    """Write the files whose paths are not None.

    Raises:
        OSError: a file cannot be written.
    """
    if junit is not None:
        junit.write_bytes(junit_xml(report))
    if json is not None:
        json.write_text(json_format.dumps(report.as_json(), ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    if html is not None:
        html.write_text(page(report), encoding="utf-8", errors="backslashreplace")
