"""The mock server for tests; the pytest plugin makes fixtures of these, other test frameworks use them directly.

Servers and accounts:

- `Server`: starts the mock server as a process of its own.
- `RunningServer`: a mock server that is running already.
- `ServerHandle`: what the two have in common, as a type.
- `Account`: a fresh account, with its clock, scenarios, tasks, deliveries and journal.
- `ControlError`: the control plane rejected a request.
- `NoDeliveryError`: the delivery that a test waits for will not come.
- `UnknownVendorError`, `ServerUnavailableError`: there is no such vendor; no server can be used.
- `require_conformance`: require that the requests in a journal keep the contract.

Callback receivers:

- `Receiver`: a callback receiver whose behaviour can be switched.
- `ReceivedCallback`: one callback as it came.
- `Behaviour`: the type of what a receiver does with a callback.
- `respond`: the behaviour that responds with a status and JSON.
- `serving`: serves a WSGI application, such as your own receiver, on a free port.
- `check_receiver`: test a receiver; needs the extra `contract-tests`.
- `CheckReceiver`: the type of `check_receiver`.

The proxy:

- `Proxy`: stands between a client and an endpoint, and compares their traffic with the contract.
- `DriftReport`, `DriftEntry`: what it has seen.

Plain HTTP, and material:

- `HttpClient`: requests to one server.
- `HttpResponse`: a response.
- `free_port`: a TCP port on which nothing listens.
- `mp4`, `png`, `wav`: small, valid media files, for uploads.
"""

from importlib import import_module
from typing import TYPE_CHECKING

from bodydouble.mock_server.media import mp4, png, wav
from bodydouble.mock_server.testing.account import Account, ControlError, NoDeliveryError, UnknownVendorError
from bodydouble.mock_server.testing.conformance import require_conformance
from bodydouble.mock_server.testing.http import HttpClient, HttpResponse
from bodydouble.mock_server.testing.receiver import Behaviour, ReceivedCallback, Receiver, respond
from bodydouble.mock_server.testing.server import RunningServer, Server, ServerHandle, ServerUnavailableError, free_port
from bodydouble.mock_server.testing.serving import serving

if TYPE_CHECKING:
    from bodydouble.contracts.proxy.drift_detector import DriftEntry
    from bodydouble.contracts.proxy.drift_report import DriftReport
    from bodydouble.contracts.proxy.server import Proxy
    from bodydouble.mock_server.testing.receiver_check import CheckReceiver, check_receiver

__all__ = [
    "Account",
    "Behaviour",
    "CheckReceiver",
    "ControlError",
    "DriftEntry",
    "DriftReport",
    "HttpClient",
    "HttpResponse",
    "NoDeliveryError",
    "Proxy",
    "ReceivedCallback",
    "Receiver",
    "RunningServer",
    "Server",
    "ServerHandle",
    "ServerUnavailableError",
    "UnknownVendorError",
    "check_receiver",
    "free_port",
    "mp4",
    "png",
    "require_conformance",
    "respond",
    "serving",
    "wav",
]


if not TYPE_CHECKING:
    _MODULES = {
        "DriftEntry": "contracts.proxy.drift_detector",
        "DriftReport": "contracts.proxy.drift_report",
        "Proxy": "contracts.proxy.server",
        "CheckReceiver": "mock_server.testing.receiver_check",
        "check_receiver": "mock_server.testing.receiver_check",
    }

    def __getattr__(name):
        # The check of receivers needs the libraries of the extra `contract-tests`; most tests need neither.
        if name not in _MODULES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        return getattr(import_module(f"bodydouble.{_MODULES[name]}"), name)
