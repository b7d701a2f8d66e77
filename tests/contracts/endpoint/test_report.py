"""The report is plain values: what writes it needs neither the test engine nor an HTTP library."""

import re
import subprocess
import sys
from dataclasses import replace

from bodydouble.contracts.core import look
from bodydouble.contracts.endpoint.reports.html import page
from bodydouble.contracts.endpoint.reports.junit import junit_xml
from tests.support.small_report import FINDING, REPORT

FORBIDDEN = ("hypothesis", "requests", "schemathesis", "urllib3")


def test_reports_load_neither_the_test_engine_nor_an_http_library() -> None:
    program = f"""
import sys
import bodydouble.contracts.endpoint.report, bodydouble.contracts.endpoint.reports
print(sorted(set({FORBIDDEN!r}) & set(sys.modules)))
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_violated_law_is_shown_with_the_requests_that_contradict_each_other() -> None:
    assert str(FINDING).splitlines() == [
        "createVideo (laws), identity: shows 8",
        "  see specs/x",
        "  - createVideo",
        "    POST /create",
        "    200 created",
        "    curl create",
        "  - getVideo",
        "    GET /8",
        "    200 other",
        "    curl read",
    ]
    html = page(REPORT)
    assert html.index("<strong>1. createVideo</strong>") < html.index("curl create")
    assert html.index("curl create") < html.index("<strong>2. getVideo</strong>") < html.index("curl read")


def test_the_page_looks_as_the_servers_pages_do_and_is_a_single_file() -> None:
    html = page(REPORT)
    assert f"<style>\n{look.stylesheet()}\n</style>" in html
    assert "prefers-color-scheme: dark" in html
    assert not re.search(r'(src|href)="(?!#)|url\(|@import', html)


def test_every_cell_of_a_table_that_becomes_blocks_has_its_label() -> None:
    rows = re.findall(r'<table class="rows">.*?</table>', page(REPORT), re.DOTALL)
    assert rows
    assert all("<td>" not in row and row.count("<td ") == row.count("data-label=") for row in rows)


def test_what_an_endpoint_sends_is_escaped() -> None:
    sent = "<script>alert(1)</script>"
    finding = replace(FINDING, message=sent, request=sent, response=sent, curl=sent, place=sent, steps=())
    html = page(replace(REPORT, findings=(finding,), errors=(sent,), url=sent))
    assert "<script" not in html
    assert html.count("&lt;script&gt;alert(1)&lt;/script&gt;") >= 6


def test_the_page_has_a_table_of_operations_and_laws() -> None:
    html = page(REPORT)
    for words in (
        '<td class="failed" title="violated"><span aria-hidden="true">✗</span>',
        '<td class="passed" title="tested, 3 times"><span aria-hidden="true">✓</span>',
        '<td class="skipped" title="not tested: the budget is spent"><span aria-hidden="true">○</span>',
        '<td class="soft" title="not declared: everybody&#39;s"><span aria-hidden="true">\N{EN DASH}</span>',
        '<span class="visually-hidden">not tested</span>',
        "laws: 3 declared, 2 tested, 1 not testable here, 1 violated",
        "<li>the budget is spent: getVideo: order</li>",
    ):
        assert words in html, words
    assert '<property name="laws declared" value="3" />' in junit_xml(REPORT).decode()
    assert REPORT.as_json()["laws"][1] == {
        "operation": "getVideo",
        "law": "pages",
        "verdict": "tested",
        "reason": "",
        "count": 3,
    }
