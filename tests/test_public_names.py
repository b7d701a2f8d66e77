"""The names that an installation offers for import."""

import subprocess
import sys
from importlib import import_module

import pytest

PUBLIC = {
    "bodydouble": {"load_contract"},
    "bodydouble.testing": {
        *("Server", "RunningServer", "ServerHandle", "free_port"),
        *("Account", "ControlError", "NoDeliveryError", "require_conformance"),
        *("UnknownVendorError", "ServerUnavailableError"),
        *("Receiver", "ReceivedCallback", "Behaviour", "respond", "serving", "check_receiver", "CheckReceiver"),
        *("Proxy", "DriftReport", "DriftEntry", "HttpClient", "HttpResponse", "mp4", "png", "wav"),
    },
    "bodydouble.client": {
        *("client_contract", "run", "ClientOptions", "ClientReport"),
        *("Failure", "BadRequest", "ClientContractError"),
    },
    "bodydouble.check": {
        *("run", "EndpointOptions", "EndpointReport", "Finding", "OperationResult", "Progress", "CannotRun", "write"),
    },
    "bodydouble.receiver": {
        *("run", "ReceiverOptions", "ReceiverReport", "Check", "Step", "Verdict", "CannotRun", "ReceiverUnreachable"),
        *("Probe", "ProbeError", "Processed", "http_probe", "verify", "SignatureRejected"),
    },
    "bodydouble.pytest_plugin": {
        *("bodydouble", "bodydouble_server", "bodydouble_prepared", "bodydouble_receiver", "bodydouble_serve"),
        "bodydouble_check_receiver",
        *("bodydouble_account", "pytest_addoption", "pytest_configure"),
    },
}
HEAVY = {
    *("schemathesis", "hypothesis", "sqlalchemy", "flask", "urllib3", "requests", "yaml", "jsonschema_rs"),
    *("bodydouble.contracts.model", "bodydouble.mock_server.testing.server"),
}
OF_THE_TESTERS = {"schemathesis", "hypothesis", "requests", "pytest"}


def loaded_by(*modules: str) -> set[str]:
    """All modules that a new process has loaded after importing some."""
    program = f"import sys; import {', '.join(modules)}; print(*sys.modules)"
    return set(
        subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout.split()
    )


@pytest.mark.parametrize("module", PUBLIC)
def test_a_module_offers_exactly_its_public_names(module: str) -> None:
    offered = import_module(module)
    assert set(offered.__all__) == PUBLIC[module]
    assert all(getattr(offered, name) is not None for name in PUBLIC[module])


@pytest.mark.parametrize("module", sorted(PUBLIC.keys() - {"bodydouble.pytest_plugin"}))
def test_the_docstring_of_a_module_lists_its_public_names(module: str) -> None:
    text = import_module(module).__doc__ or ""
    assert {name for name in PUBLIC[module] if f"`{name}" not in text} == set()


@pytest.mark.parametrize("module", PUBLIC)
def test_a_module_has_no_other_names(module: str) -> None:
    with pytest.raises(AttributeError, match="nothing_of_the_kind"):
        _ = import_module(module).nothing_of_the_kind


def test_importing_the_package_or_the_plugin_loads_nothing_heavy() -> None:
    assert not HEAVY & loaded_by("bodydouble", "bodydouble.pytest_plugin")


def test_servers_accounts_and_signatures_do_without_the_libraries_of_the_testers() -> None:
    assert not OF_THE_TESTERS & loaded_by("bodydouble.testing", "bodydouble.receiver")
