"""`bodydouble serve`."""

import gc
import ipaddress
import logging
import os
import secrets
import signal
import tempfile
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import get_args

import click

from bodydouble.mock_server.cli.addresses import base_url, origins
from bodydouble.mock_server.cli.configured import ConfiguredCommand
from bodydouble.mock_server.cli.tls_options import CA_VARIABLE
from bodydouble.mock_server.clock import monotonic
from bodydouble.mock_server.engine.profiles import PROFILES
from bodydouble.mock_server.process.logs import LogFormat, configure, output_line
from bodydouble.mock_server.process.ports import reserved_port, wait_for_listener
from bodydouble.mock_server.process.worker import usable_cores
from bodydouble.mock_server.settings import DEFAULT_PACE, DEFAULT_PORT, Durability, Settings

logger = logging.getLogger(__name__)

MAX_WORKERS = 64
MAX_FAULT_SEED = 2**53 - 1
LOG_LEVELS = ("debug", "info", "warning", "error")


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


class _EndWhileLoading:
    """Ends the process gracefully when a signal comes before the server handles signals itself."""

    def __init__(self) -> None:
        self._received: list[int] = []
        # A process in the background may have been started with SIGINT or SIGHUP ignored, which must stay so.
        ends = {
            signal.SIGINT: signal.default_int_handler,
            signal.SIGTERM: signal.SIG_DFL,
            signal.SIGHUP: signal.SIG_DFL,
        }
        for number, default in ends.items():
            if signal.getsignal(number) is default:
                signal.signal(number, self._end)

    def _end(self, number: int, _: object) -> None:
        self._received.append(number)
        raise SystemExit(128 + number)

    def require_none(self) -> None:
        """End now if a signal has come: libraries that are being loaded may have swallowed its exception."""
        if self._received:
            raise SystemExit(128 + self._received[0])


@contextmanager
def _temporary_folder() -> Iterator[str]:
    # A signal between the creation of the folder and the entry of the block would leave the folder behind.
    blocked = {signal.SIGINT, signal.SIGTERM, signal.SIGHUP}
    signal.pthread_sigmask(signal.SIG_BLOCK, blocked)
    with tempfile.TemporaryDirectory(prefix="bodydouble-") as folder:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, blocked)
        yield folder


@click.command(cls=ConfiguredCommand)
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option(
    "--port",
    default=DEFAULT_PORT,
    show_default=True,
    type=click.IntRange(0, 65535),
    help="Port to listen on; all vendors share it. 0 takes any free port, and prints it.",
)
@click.option(
    "--port-file",
    metavar="FILE",
    help="Write the port to FILE as soon as the server is ready.",
)
@click.option(
    "--tls-cert",
    metavar="FILE",
    help="Serve HTTPS with the certificate in FILE (PEM, with its chain). Needs --tls-key.",
)
@click.option("--tls-key", metavar="FILE", help="The certificate's private key (PEM, not encrypted).")
@click.option(
    "--base-url",
    metavar="URL",
    callback=base_url,
    help="Address of this server in every URL of a response or a callback. By default, as each request says.",
)
@click.option(
    "--trust-proxy",
    is_flag=True,
    help="Take the address from a proxy's Forwarded or X-Forwarded-Proto, -Host, -Port and -Prefix.",
)
@click.option(
    "--cors",
    multiple=True,
    metavar="ORIGIN",
    callback=origins,
    help="Origin (http://localhost:3000) whose web pages may use all operations; * for any. May be repeated.",
)
@click.option(
    "--workers",
    default=min(MAX_WORKERS, usable_cores()),
    show_default="one for each core",
    type=click.IntRange(1, MAX_WORKERS),
    help="Processes that serve requests; they share the state.",
)
@click.option(
    "--state",
    metavar="PATH",
    help="File that stores the state across restarts. Without it, a temporary file is used and removed at the end.",
)
@click.option(
    "--seed",
    metavar="FILE",
    help="YAML or JSON file with accounts and what they hold; those that the state has already stay as they are.",
)
@click.option(
    "--durability",
    type=click.Choice(get_args(Durability)),
    help="What a power cut may cost: everything (process), the last changes (checkpoint), or nothing that was answered "
    "(power). The end of a process costs nothing. Default: checkpoint with --state, process without.",
)
@click.option(
    "--pace",
    default=DEFAULT_PACE,
    show_default=True,
    type=click.FloatRange(0.001, 1_000_000),
    help="How many times faster than the vendors' tasks run. Tokens and validities are not shortened.",
)
@click.option(
    "--profile",
    type=click.Choice(list(PROFILES)),
    help="Bad day that every account starts with, also those of the state; GET /_mock/profiles shows what it is.",
)
@click.option(
    "--fault-seed",
    type=click.IntRange(0, MAX_FAULT_SEED),
    help="Seed of that profile: the same seed and the same requests give the same faults. Default: the account's.",
)
@click.option(
    "--callback-host",
    "callback_hosts",
    multiple=True,
    metavar="HOST",
    help="Host, address or network (10.0.0.0/8) to which callbacks may go, in addition to loopback. May be repeated.",
)
@click.option(
    "--callback-ca",
    metavar="FILE",
    default=lambda: os.environ.get(CA_VARIABLE) or None,
    show_default=False,
    help="Certificates (PEM) that are trusted at callback receivers, in addition to the system's; also BODYDOUBLE_CA.",
)
@click.option(
    "--callback-insecure", is_flag=True, help="Do not verify the certificates of callback receivers on loopback."
)
@click.option(
    "--control-token",
    envvar="BODYDOUBLE_CONTROL_TOKEN",
    help="Token that requests to the control plane must carry. By default random, and printed, beyond loopback.",
)
@click.option(
    "--record",
    metavar="FILE",
    envvar="BODYDOUBLE_RECORD",
    help="Append every request and response to FILE as a line of JSON, unredacted. For tests with made-up data only.",
)
@click.option(
    "--log-level",
    default="warning",
    show_default=True,
    type=click.Choice(LOG_LEVELS),
    help="What is logged to standard error; info logs each request.",
)
@click.option(
    "--log-format",
    default="text",
    show_default=True,
    type=click.Choice(get_args(LogFormat)),
    help="Lines of text, or a JSON object on each line, with the id of the request: its X-Request-Id, or a random one.",
)
def serve(
    host: str,
    port: int,
    port_file: str | None,
    tls_cert: str | None,
    tls_key: str | None,
    base_url: str | None,
    trust_proxy: bool,
    cors: tuple[str, ...],
    workers: int,
    state: str | None,
    seed: str | None,
    durability: Durability | None,
    pace: float,
    profile: str | None,
    fault_seed: int | None,
    callback_hosts: tuple[str, ...],
    callback_ca: str | None,
    callback_insecure: bool,
    control_token: str | None,
    record: str | None,
    log_level: str,
    log_format: LogFormat,
) -> None:
    """Serve all vendors on one port, until Ctrl-C.

    \b
    Try:
      curl http://127.0.0.1:8080/_mock/health
      curl http://127.0.0.1:8080/_mock/accounts/default
    """
    started = monotonic()
    signals = _EndWhileLoading()
    configure(log_level, log_format)
    # An empty token, as from an environment variable without a value, must not open the control plane.
    control_token = control_token or None
    generated_token = secrets.token_urlsafe(24) if control_token is None and not _is_loopback(host) else None
    with _reported(log_format), _cleanly(), _temporary_folder() as folder, _port(host, port) as real_port:
        _check_tls(tls_cert, tls_key)
        if fault_seed is not None and profile is None:
            raise click.UsageError("--fault-seed needs --profile")
        settings = Settings(
            state=state or str(Path(folder) / "state.db"),
            durability=durability or ("checkpoint" if state is not None else "process"),
            pace=pace,
            seed=seed,
            profile=profile,
            fault_seed=fault_seed,
            callback_hosts=callback_hosts,
            callback_ca=callback_ca,
            callback_insecure=callback_insecure,
            port=real_port,
            control_token=control_token or generated_token,
            workers=workers,
            record=record,
            base_url=base_url,
            trust_proxy=trust_proxy,
            tls_cert=tls_cert,
            tls_key=tls_key,
            cors=cors,
        )
        _run(settings, host, real_port, port_file, log_level, log_format, started, generated_token, signals)


def _port(host: str, port: int) -> AbstractContextManager[int]:
    return nullcontext(port) if port else reserved_port(host)


@contextmanager
def _reported(log_format: LogFormat) -> Iterator[None]:
    """In a log of JSON, what keeps the server from starting is a line of it, too."""
    try:
        yield
    except click.ClickException as error:
        if log_format == "text":
            raise
        logger.critical("%s", error.format_message())
        raise SystemExit(error.exit_code) from error


@contextmanager
def _cleanly() -> Iterator[None]:
    """Report in one line what keeps the server from starting."""
    try:
        yield
    except OSError as error:
        raise click.ClickException(str(error)) from error


def _check_tls(certificate: str | None, key: str | None) -> None:
    if (certificate is None) != (key is None):
        raise click.UsageError("--tls-cert and --tls-key need each other")
    if certificate is None or key is None:
        return
    import ssl

    def refuse() -> str:
        raise ValueError("the key is encrypted")

    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(certificate, key, refuse)
    except (OSError, ValueError) as error:
        raise click.ClickException(f"--tls-cert {certificate}, --tls-key {key}: {error}") from error


def _run(
    settings: Settings,
    host: str,
    port: int,
    port_file: str | None,
    log_level: str,
    log_format: LogFormat,
    started: float,
    generated_token: str | None,
    signals: _EndWhileLoading,
) -> None:
    # Nothing that is loaded from here on is garbage; collecting takes a fifteenth of the start.
    gc.disable()
    # Imported here, so that --help and mistakes in the arguments are reported at once.
    import sqlite3

    from sqlalchemy.exc import SQLAlchemyError

    from bodydouble.mock_server.composition import Services
    from bodydouble.mock_server.process.server import run, summary

    def report(line: str) -> None:
        # The workers begin to listen after this process has loaded; a reader of the line may connect at once.
        wait_for_listener(host, port)
        if port_file is not None:
            _write_port(Path(port_file), port)
        click.echo(output_line(line, log_format))

    def on_ready(services: Services) -> None:
        signals.require_none()
        if generated_token is not None:
            click.echo(output_line(f"control token: {generated_token}", log_format))
        threading.Thread(target=report, args=(summary(services, host, port, started),), daemon=True).start()

    try:
        if port_file is not None:
            _prepare_port_file(Path(port_file))
        run(settings, host, port, log_level, on_ready)
    except (SQLAlchemyError, sqlite3.Error, ImportError) as error:
        reason = str(error).splitlines()[0]
        raise click.ClickException(f"the state cannot be used: {reason}") from error
    except (OSError, ValueError, OverflowError) as error:
        raise click.ClickException(str(error)) from error


def _prepare_port_file(file: Path) -> None:
    # What an earlier server has written must not be read for this one; a file that cannot be written ends the start.
    file.unlink(missing_ok=True)
    unfinished = _unfinished(file)
    unfinished.touch()
    unfinished.unlink()


def _write_port(file: Path, port: int) -> None:
    # As a whole: who waits for the file must not read the half of it.
    unfinished = _unfinished(file)
    unfinished.write_text(f"{port}\n")
    unfinished.replace(file)


def _unfinished(file: Path) -> Path:
    return file.with_name(f"{file.name}.{os.getpid()}")
