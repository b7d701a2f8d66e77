"""Test an endpoint, the mock server's or the vendor's own, against a contract. Needs the extra `contract-tests`.

- `run`: test an endpoint.
- `EndpointOptions`: how an endpoint is tested.
- `EndpointReport`: the result of a run.
- `Finding`: one violation, with the request that shows it.
- `OperationResult`: what was sent to one operation, and what came back.
- `Progress`: how far a run is.
- `CannotRun`: the run cannot begin; the message says why.
- `write`: write a report as JUnit XML, JSON or HTML.
"""

from bodydouble.contracts.core.extras import needs_contract_tests

with needs_contract_tests():
    from bodydouble.contracts.endpoint.options import EndpointOptions, Progress
    from bodydouble.contracts.endpoint.report import EndpointReport, Finding, OperationResult
    from bodydouble.contracts.endpoint.reports import write
    from bodydouble.contracts.endpoint.run import CannotRun, run

__all__ = ["CannotRun", "EndpointOptions", "EndpointReport", "Finding", "OperationResult", "Progress", "run", "write"]
