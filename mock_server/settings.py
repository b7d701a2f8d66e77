"""The settings of a server: pace, limits, hosts."""

from dataclasses import field
from typing import Literal

from bodydouble.contracts.core.late_dataclass import dataclass

# What a power cut may cost; the end of any process costs nothing.
# process: everything, the file may be damaged. checkpoint: the last changes, the file stays whole. power: nothing.
Durability = Literal["process", "checkpoint", "power"]
DEFAULT_PACE = 60.0
DEFAULT_PORT = 8080
# Stands for the pages of every site.
ANY_ORIGIN = "*"


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings of a server.

    Attributes:
        state: path of the state's file, or an SQLAlchemy URL.
        durability: what a power cut may cost.
        pace: how many times faster than the vendors tasks run, for accounts that do not say otherwise.
        callback_hosts: hosts, in addition to loopback, to which callbacks may go: names, addresses or networks.
        port: on which it listens, to which callbacks may not go; None if it listens nowhere.
        callback_ca: PEM file of certificates that are trusted at callback receivers, in addition to the system's.
        callback_insecure: whether callback receivers on loopback need no trusted certificate.
        control_token: what a request to the control plane must carry; None on loopback.
        workers: how many processes share the state.
        max_body_bytes: the limit of a request's body.
        max_snapshot_bytes: the limit of the snapshot of an account.
        max_upload_bytes: the limit of one uploaded file.
        max_stored_upload_bytes: the limit of all uploaded files together; the oldest are dropped.
        max_resources_per_account: the limit of resources without a lifecycle; the oldest are dropped.
        max_tasks_per_account: the limit of settled tasks; the oldest are dropped.
        max_ended_deliveries: the limit of ended deliveries in the server; the oldest are dropped.
        body_stall_timeout: seconds for which all threads of a worker may wait for the rest of request bodies before
            the worker is replaced.
        record: file to which every exchange is appended, or None.
        base_url: scheme, host, port and path prefix under which every client reaches the server; None where each
            request says so itself.
        trust_proxy: whether a proxy's headers (`Forwarded`, `X-Forwarded-Proto`, ...) say how the client reached it.
        tls_cert, tls_key: PEM files of a certificate and its key; None to speak HTTP without TLS.
        seed: file that declares accounts with what they hold; None for none.
        profile: name of the profile of faults that every account starts with; None for none.
        fault_seed: of that profile's choices; the account's own seed if None.
        cors: origins (`http://localhost:3000`) whose web pages may use every operation; `*` for any.
    """

    state: str
    pace: float = DEFAULT_PACE
    callback_hosts: tuple[str, ...] = field(default=())
    control_token: str | None = None
    workers: int = 1
    max_body_bytes: int = 2 * 1024 * 1024
    durability: Durability = "checkpoint"
    max_snapshot_bytes: int = 64 * 1024 * 1024
    max_upload_bytes: int = 16 * 1024 * 1024
    max_stored_upload_bytes: int = 256 * 1024 * 1024
    max_resources_per_account: int = 10_000
    max_tasks_per_account: int = 100_000
    max_ended_deliveries: int = 50_000
    body_stall_timeout: float = 10.0
    record: str | None = None
    base_url: str | None = None
    trust_proxy: bool = False
    tls_cert: str | None = None
    tls_key: str | None = None
    cors: tuple[str, ...] = field(default=())
    port: int | None = None
    callback_ca: str | None = None
    callback_insecure: bool = False
    profile: str | None = None
    fault_seed: int | None = None
    seed: str | None = None
