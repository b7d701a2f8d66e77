"""Runs the application: one parent process that loads everything, and workers forked from it."""

import gc
import logging
import multiprocessing
import multiprocessing.util
import os
import resource
import signal
import socket
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from granian.constants import Interfaces, SSLProtocols
from granian.log import LogLevels

from bodydouble.mock_server.clock import monotonic
from bodydouble.mock_server.composition import Services
from bodydouble.mock_server.delivery.turns import REQUEST_TURNS
from bodydouble.mock_server.process import worker
from bodydouble.mock_server.process.journal_calls import JournalCalls
from bodydouble.mock_server.process.logs import redact_logs
from bodydouble.mock_server.process.memory import limit_arenas
from bodydouble.mock_server.process.respawning import RespawningServer, UselessMessages
from bodydouble.mock_server.process.state_lock import StateLock
from bodydouble.mock_server.settings import Settings
from bodydouble.mock_server.web.app import create_app, load_services
from bodydouble.mock_server.web.body_watchdog import BODY_READS, MAX_WAITING, StallWatchdog
from bodydouble.mock_server.web.faults.damaged_response import BEGAN, STEP_ASIDE

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

logger = logging.getLogger(__name__)

# Threads of a worker that run the application. Few of them run at once (see `delivery/turns`); the others wait for
# receivers, during an advance of a clock, or for bodies.
BLOCKING_THREADS = 64
# How many connections a worker may have, most of which are idle.
MAX_CONNECTIONS = 16_384
# Seconds that a worker has to end after Ctrl-C.
GRACE = 1
# Seconds that a worker which is replaced waits for each request under way, and then for its response to be sent.
TURN_TIMEOUT, SENDING = 2.0, 0.1


def run(settings: Settings, host: str, port: int, log_level: str, on_ready: Callable[[Services], None]) -> None:
    """Serve until interrupted.

    Args:
        on_ready: called once, when everything is loaded and just before the server accepts requests.

    Raises:
        OSError: the address cannot be listened on, or another server uses the state.
        ValueError: a setting is unusable.
        ImportError: the database of the state needs a driver that is not installed.
        sqlalchemy.exc.SQLAlchemyError: the state cannot be used.
    """
    address = _free_address(host, port)
    lock = StateLock(settings.state)
    try:
        _serve(settings, host, address, port, log_level, on_ready)
    finally:
        lock.release()


def _serve(
    settings: Settings, host: str, address: str, port: int, log_level: str, on_ready: Callable[[Services], None]
) -> None:
    _allow_many_files()
    limit_arenas()
    # Specifications are parsed and compiled once, here; a forked worker inherits them.
    multiprocessing.set_start_method("fork", force=True)
    services = load_services(settings)
    redact_logs(services.redactors.values(), filter(None, [settings.control_token]))
    services.prepare()
    services.state.close()

    app = create_app(services)
    # All objects so far stay for good: collecting over them again and again would cost time, and memory after the fork.
    gc.freeze()
    # The objects of a request end with their last reference; looking for cycles after every 700 of them, as usual,
    # takes a tenth of the time.
    gc.set_threshold(10_000, 20, 20)
    gc.enable()
    parent = worker.ParentProcess()
    cores = worker.Cores()
    journal_calls = JournalCalls(settings.workers)
    # Under nohup, the closing of the terminal is ignored.
    ends_with_terminal = signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN
    stopping = worker.STOPPING | {signal.SIGHUP} if ends_with_terminal else worker.STOPPING

    def replace_worker() -> None:
        logger.warning("every thread of a worker waits for the rest of a request body; the worker is replaced")
        # What others have asked for is not done without a response.
        REQUEST_TURNS.end(TURN_TIMEOUT)
        # Granian tells nobody when a response that it was handed has been sent.
        time.sleep(SENDING)
        services.journal.flush()
        # A graceful shutdown would wait for them, too.
        os._exit(1)

    def load_in_worker() -> Any:
        worker.prepare(parent, stopping)
        if settings.workers == len(cores):
            cores.claim()
        services.start()
        journal_calls.listen(services.journal.flush)
        services.journal.flush_others = journal_calls.call_others
        StallWatchdog(BODY_READS, MAX_WAITING, settings.body_stall_timeout, replace_worker).start()
        # Forked workers do not run exit handlers, but these.
        multiprocessing.util.Finalize(services, services.stop, exitpriority=10)
        return _in_turns(app, services.state.release)

    logging.getLogger("_granian").addFilter(UselessMessages())
    server = RespawningServer(
        target="bodydouble",
        address=address,
        port=port,
        interface=Interfaces.WSGI,
        workers=settings.workers,
        blocking_threads=BLOCKING_THREADS,
        backpressure=MAX_CONNECTIONS,
        log_level=LogLevels.info if log_level == "debug" else LogLevels.warning,
        log_dictconfig={"loggers": {"_granian": {"propagate": True}}},
        workers_kill_timeout=GRACE,
        respawn_failed_workers=True,
        log_access=False,
        ssl_cert=Path(settings.tls_cert) if settings.tls_cert else None,
        ssl_key=Path(settings.tls_key) if settings.tls_key else None,
        ssl_protocol_min=SSLProtocols.tls12,
    )

    def started() -> None:
        # Another server that has started to listen in the meantime would silently share the port with this one.
        _free_address(host, port)
        # Granian would restart all workers when the terminal closes, and keep serving without a terminal.
        signal.signal(signal.SIGHUP, signal.getsignal(signal.SIGTERM) if ends_with_terminal else signal.SIG_IGN)
        # From now on a signal shuts the server down gracefully; a reader of the line may send one at once.
        on_ready(services)

    server.on_startup(started)
    server.serve(target_loader=load_in_worker, wrap_loader=False)
    services.state.checkpoint()


def _in_turns(application: "WSGIApplication", release_connections: Callable[[], None]) -> "WSGIApplication":
    def step_aside() -> None:
        # In this order: the thread that has the turn next needs the connections.
        release_connections()
        REQUEST_TURNS.give_up()

    def respond(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        environ[BEGAN], environ[STEP_ASIDE] = monotonic(), step_aside
        if environ.get("CONTENT_LENGTH"):
            # Its body is read first. To give a turn away and wait for another would be a switch of threads more.
            REQUEST_TURNS.take_later()
        else:
            REQUEST_TURNS.take()
        try:
            return application(environ, start_response)
        finally:
            step_aside()

    return respond


def _allow_many_files() -> None:
    # Each connection is one; the usual limit of 1,024 is for programs that use select().
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    sufficient = 4 * MAX_CONNECTIONS if hard == resource.RLIM_INFINITY else min(hard, 4 * MAX_CONNECTIONS)
    if soft != resource.RLIM_INFINITY and soft < sufficient:
        resource.setrlimit(resource.RLIMIT_NOFILE, (sufficient, hard))


def _free_address(host: str, port: int) -> str:
    # Granian accepts addresses only, and would report an address in use after everything has been loaded.
    try:
        addresses = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        family, _, _, _, address = min(addresses, key=lambda candidate: candidate[0] != socket.AF_INET)
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            # Without listening: a client that waits for the server would be connected, and disconnected at once.
            probe.bind(address)
    except OSError as error:
        raise OSError(f"cannot listen on {host}, port {port}: {error.strerror}") from error
    return str(address[0])


def summary(services: Services, host: str, port: int, started: float) -> str:
    """The line that says what is served."""
    contracts = [vendor.contract for vendor in services.vendors.values()]
    operations = sum(len(contract.operations) for contract in contracts)
    callbacks = sum(len(contract.callbacks) for contract in contracts)
    validators = sum(contract.validator_count for contract in contracts)
    shown_host = f"[{host}]" if ":" in host else host
    scheme = "http" if services.settings.tls_cert is None else "https"
    return (
        f"bodydouble on {scheme}://{shown_host}:{port}: "
        f"{len(contracts)} vendors ({', '.join(sorted(services.vendors))}), "
        f"{operations} operations, {callbacks} callbacks, {validators} validators, pace {services.settings.pace:g}, "
        f"booted in {monotonic() - started:.2f} s"
    )
