"""The mock server's endpoints, checked against their specifications over HTTP: every operation, every phase."""

from dataclasses import dataclass, replace

import pytest

from bodydouble.contracts.endpoint.run import EndpointOptions, run
from bodydouble.contracts.model import documents
from bodydouble.contracts.model.loader import load_contract
from bodydouble.mock_server.testing.account import Account
from bodydouble.mock_server.testing.server import Server
from tests.support.vendor_support import known_values

pytestmark = pytest.mark.process

SEED = 20250310
# The accounts' time, epoch milliseconds: 2027-01-15 08:00:00 UTC.
FROZEN_AT = 1_800_000_000_000
SCENARIOS = 15
# Random and systematic requests together, of every operation.
MIN_REQUESTS = 100


@dataclass(frozen=True)
class Target:
    """One specification, and how it is tested.

    Attributes:
        operations: how many it has; counted without the loader, so that a loader that loses some is noticed.
        requests: the minimum number of responses.
        examples: random requests of each operation.
    """

    name: str
    operations: int
    requests: int
    examples: int = 100


# Vendors that are tested differently from the default.
MEASURED = (
    Target("guiji", operations=18, requests=2500),
    Target("softsugar", operations=28, requests=3500),
    # Their random requests take two to three times as long to generate; more systematic requests replace them.
    Target("huawei-metastudio", operations=19, requests=5000, examples=65),
    Target("aliyun-avatar", operations=30, requests=4000, examples=65),
    Target("control", operations=39, requests=3500),
)
METHODS = {"get", "put", "post", "delete", "options", "head", "patch", "trace"}


def usual(name: str) -> Target:
    """The default target of a specification."""
    items = documents.load(name).content["paths"].values()
    operations = sum(len(METHODS & item.keys()) for item in items)
    return Target(name, operations, requests=MIN_REQUESTS * operations)


_measured = {target.name for target in MEASURED}
TARGETS = [*MEASURED, *(usual(name) for name in documents.names() if name not in _measured)]


@pytest.mark.long
@pytest.mark.parametrize("target", TARGETS, ids=lambda target: target.name)
def test_every_operation_conforms_to_its_contract(server: Server, target: Target) -> None:
    contract = load_contract(target.name)
    # With a fixed name and seed, so that it has the same ids in every run.
    account = Account(server, id=f"contract-{target.name}", seed=SEED, frozen_at=FROZEN_AT)
    credentials = account.credentials(target.name) if target.name in account.description["vendors"] else {}
    options = EndpointOptions(seed=SEED, examples=target.examples, scenarios=SCENARIOS)
    report = run(contract, server.base_url, credentials, replace(options, known=known_values(target.name, account)))

    assert report.findings == (), str(report)
    assert report.errors == (), str(report)
    # The requests that were sent, so that no operation can pass without being tested.
    assert set(report.operations) == set(contract.operations)
    assert len(report.operations) == target.operations
    assert report.untested == (), str(report)
    assert report.total >= target.requests, str(report)
    for name, result in report.operations.items():
        assert result.requests.get("fuzzing", 0) >= target.examples, name
        assert result.total >= MIN_REQUESTS, name
        assert result.requests.get("coverage", 0) > 0, name
        if contract.operations[name].request_body is not None:
            assert result.requests.get("examples", 0) > 0, name
    assert sum(result.requests.get("stateful", 0) for result in report.operations.values()) >= SCENARIOS
