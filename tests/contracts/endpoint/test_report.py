"""The report is plain values: what writes it needs neither the test engine nor an HTTP library."""

import subprocess
import sys

FORBIDDEN = ("hypothesis", "requests", "schemathesis", "urllib3")


def test_reports_load_neither_the_test_engine_nor_an_http_library() -> None:
    program = f"""
import sys
import bodydouble.contracts.endpoint.report, bodydouble.contracts.endpoint.reports
print(sorted(set({FORBIDDEN!r}) & set(sys.modules)))
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
