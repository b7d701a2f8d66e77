"""Running the application: one parent that loads everything, and workers forked from it."""

import multiprocessing
import multiprocessing.util
import os
from collections.abc import Callable
from typing import Any

from granian.constants import Interfaces
from granian.server import Server as Granian

from mock_server.app import create_app, load_services
from mock_server.clock import ticks
from mock_server.services import Services
from mock_server.settings import Settings

# Threads of a worker that run the application. More than one, so that a callback's receiver can ask the double
# something while an advance of the clock waits for the receiver; few, because they share one interpreter lock.
BLOCKING_THREADS = 2
# Seconds that a worker has to end after Ctrl-C.
GRACE = 1
# What a request's environment has besides headers, and what stands for an absent value must not come from elsewhere.
_REQUEST_VARIABLES = ("CONTENT_TYPE", "CONTENT_LENGTH", "RAW_URI", "REQUEST_URI")


def run(settings: Settings, host: str, port: int, log_level: str, announce: Callable[[Services], None]) -> None:
    """Serve until interrupted.

    Args:
        announce: called once, when everything is loaded and just before requests are taken.

    Raises:
        OSError: the address cannot be listened on.
        ValueError: a setting is unusable.
    """
    # Specifications are parsed and compiled once, here; a forked worker has them without any work of its own.
    multiprocessing.set_start_method("fork", force=True)
    services = load_services(settings)
    services.prepare()
    services.state.close()

    app = create_app(services)

    def load_in_worker() -> Any:
        _hide_environment()
        services.start()
        # Forked workers end without running exit handlers, but run these.
        multiprocessing.util.Finalize(services, services.stop, exitpriority=10)
        return app

    server = Granian(
        target="bodydouble",
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        workers=settings.workers,
        blocking_threads=BLOCKING_THREADS,
        log_enabled=log_level == "debug",
        workers_kill_timeout=GRACE,
        respawn_failed_workers=True,
        log_access=False,
    )
    announce(services)
    server.serve(target_loader=load_in_worker, wrap_loader=False)


def _hide_environment() -> None:
    # Granian mixes the process's environment into every request's, where HTTP_PROXY would pass for a header.
    for name in [name for name in os.environ if name.startswith("HTTP_") or name in _REQUEST_VARIABLES]:
        del os.environ[name]


def summary(services: Services, host: str, port: int, started: float) -> str:
    """The one line that says what is served."""
    contracts = [vendor.contract for vendor in services.vendors.values()]
    operations = sum(len(contract.operations) for contract in contracts)
    callbacks = sum(len(contract.callbacks) for contract in contracts)
    validators = sum(contract.validator_count for contract in contracts)
    return (
        f"bodydouble on http://{host}:{port}: {len(contracts)} vendors ({', '.join(sorted(services.vendors))}), "
        f"{operations} operations, {callbacks} callbacks, {validators} validators, pace {services.settings.pace:g}, "
        f"booted in {ticks() - started:.2f} s"
    )
