"""Counts the requests that Flask serves: downloads and uploads of files."""

from flask import Flask, Response, g, request

from bodydouble.mock_server.clock import monotonic
from bodydouble.mock_server.services.metrics.traffic import DOWNLOAD, FILE_ERROR, FILES, UPLOAD, TrafficMetrics


def count_files(app: Flask, traffic: TrafficMetrics) -> None:
    """Count the requests for files; call it when their routes have been added."""
    requests = traffic.requests_of(FILES)

    def begin() -> None:
        g.started = monotonic()

    def end(response: Response) -> Response:
        # What has no route is counted where it is rejected.
        if request.url_rule is not None:
            operation = UPLOAD if request.method == "PUT" else DOWNLOAD
            error = FILE_ERROR if response.status_code >= 400 else None
            requests.count(operation, response.status_code, error, monotonic() - g.started, conforms=True)
        return response

    app.before_request(begin)
    app.after_request(end)
