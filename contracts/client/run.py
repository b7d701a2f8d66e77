"""Test a client under hostile responses."""

from collections.abc import Callable
from typing import Any

from bodydouble.contracts.client.client_call import ClientCall
from bodydouble.contracts.client.explorer import Explorer
from bodydouble.contracts.client.failures import described_request
from bodydouble.contracts.client.fault_explorer import FaultExplorer
from bodydouble.contracts.client.options import ClientOptions
from bodydouble.contracts.client.other_operations import ExampleResponses, ForwardToServer
from bodydouble.contracts.client.report import BadRequest, ClientReport
from bodydouble.contracts.client.response_generation import response_kinds
from bodydouble.contracts.client.stub_server import StubServer
from bodydouble.contracts.model.contract import Contract


def run(
    contract: Contract, operation_id: str, call: Callable[[str], object], options: ClientOptions | None = None
) -> ClientReport:
    """Test a client.

    Calls it again and again; each time the operation under test gives another response that its contract allows.

    Args:
        operation_id: the operation under test.
        call: calls the client with the base URL that it must use. An exception is a failure, unless it is allowed;
            so is a failed assertion about what the client returned.

    Raises:
        KeyError: the contract has no such operation.
    """
    options = options or ClientOptions()
    operation = contract.operations[operation_id]
    forward = ForwardToServer(options.forward) if options.forward else None
    with StubServer(contract, operation, forward or ExampleResponses(contract), options.max_requests) as stub:
        client = ClientCall(stub, call, options)
        explorer = Explorer(stub, client, options)
        for kind in response_kinds(contract, operation):
            explorer.explore(kind)
        struck = FaultExplorer(operation, stub, client, options, explorer.behaviour)
        if options.faults:
            struck.explore()
    if forward is not None:
        forward.close()
    return ClientReport(
        contract.vendor,
        operation_id,
        options.seed,
        {**explorer.responses, **struck.responses},
        client.called,
        tuple({**struck.failures, **explorer.failures}.values()),
        _bad_requests(stub),
    )


def _bad_requests(stub: StubServer) -> tuple[BadRequest, ...]:
    distinct: dict[Any, BadRequest] = {}
    for operation, request, violation in stub.bad_requests:
        name = operation.id if operation is not None else None
        redactor = stub.redactor(request)
        bad_request = BadRequest(name, described_request(request, redactor), redactor.violation(violation))
        distinct.setdefault((name, violation.part, violation.pointer, violation.rule), bad_request)
    return tuple(distinct.values())
