"""Nonces of signed requests, so that none is accepted twice."""

from sqlalchemy import Connection, delete, insert
from sqlalchemy.exc import IntegrityError

from bodydouble.mock_server.store.tables import nonces


def use(connection: Connection, vendor: str, key: str, nonce: str, expires_wall_ms: int) -> bool:
    """Record a nonce; False when it was used before.

    Args:
        key: the credential that it was used with.
        expires_wall_ms: epoch milliseconds of the real clock from which it may be forgotten.
    """
    values = {"vendor": vendor, "key": key, "nonce": nonce, "expires_real": expires_wall_ms}
    try:
        with connection.begin_nested():
            connection.execute(insert(nonces), values)
    except IntegrityError:
        return False
    return True


def forget_expired(connection: Connection, wall_ms: int) -> None:
    """Drop the nonces whose signatures are too old to be accepted anyway."""
    connection.execute(delete(nonces).where(nonces.c.expires_real < wall_ms))
