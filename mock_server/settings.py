"""How a server is run: what its command line sets."""

from dataclasses import dataclass, field

DEFAULT_PACE = 60.0
DEFAULT_PORT = 8080


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings of a server.

    Attributes:
        state: path of the state's file, or an SQLAlchemy URL.
        lasting: whether the state is kept when the server ends; then it survives a power cut, too.
        pace: how many times faster than the vendors tasks run, for accounts that do not say otherwise.
        callback_hosts: hosts, besides loopback, to which callbacks may go: names, addresses or networks.
        control_token: what a request to the control plane must carry; None on loopback.
        workers: how many processes share the state.
        largest_body: bytes of a request's body.
        largest_upload: bytes of an uploaded file.
        kept_uploads: bytes of uploaded files that the server keeps; older ones are dropped.
        kept_resources: resources without a lifecycle that an account keeps; older ones are dropped.
        kept_tasks: settled tasks that an account keeps; older ones are dropped.
        kept_deliveries: ended deliveries that the server keeps.
        patience: seconds for which the threads of a worker may all wait for the rest of bodies before it is replaced.
        record: file to which every exchange is appended, or None.
    """

    state: str
    pace: float = DEFAULT_PACE
    callback_hosts: tuple[str, ...] = field(default=())
    control_token: str | None = None
    workers: int = 1
    largest_body: int = 2 * 1024 * 1024
    lasting: bool = True
    largest_upload: int = 16 * 1024 * 1024
    kept_uploads: int = 256 * 1024 * 1024
    kept_resources: int = 10_000
    kept_tasks: int = 100_000
    kept_deliveries: int = 50_000
    patience: float = 10.0
    record: str | None = None
