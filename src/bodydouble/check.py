"""Test an endpoint, the mock server's or the vendor's own, against a contract. Needs the extra `contract-tests`.

- `run`: test an endpoint.
- `EndpointOptions`: how an endpoint is tested.
- `EndpointReport`: the result of a run.
- `Finding`: one violation, with the request that shows it.
- `Tested`: what was sent to one operation.
- `Progress`: how far a run is.
- `CannotRun`: the run cannot begin; the message says why.
- `write`: write a report as JUnit XML, JSON or HTML.
"""

from bodydouble.contracts.endpoint.report import Finding, Tested
from bodydouble.contracts.endpoint.report import Report as EndpointReport
from bodydouble.contracts.endpoint.reports import write
from bodydouble.contracts.endpoint.run import CannotRun, Progress, run
from bodydouble.contracts.endpoint.run import Options as EndpointOptions

__all__ = ["CannotRun", "EndpointOptions", "EndpointReport", "Finding", "Progress", "Tested", "run", "write"]
