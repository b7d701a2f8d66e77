"""Nonces of signed requests, so that none is accepted twice."""

from sqlalchemy import Connection, delete, text

from bodydouble.mock_server.store.prepared_statement import PreparedStatement
from bodydouble.mock_server.store.tables import nonces

_USE = PreparedStatement(
    text(
        "INSERT INTO nonces (vendor, key, nonce, expires_real) VALUES (:vendor, :key, :nonce, :expires) "
        "ON CONFLICT DO NOTHING"
    )
)


def use(connection: Connection, vendor: str, key: str, nonce: str, expires_wall_ms: int) -> bool:
    """Record a nonce; False when it was used before.

    Args:
        key: the credential that it was used with.
        expires_wall_ms: epoch milliseconds of the real clock from which it may be forgotten.
    """
    values = {"vendor": vendor, "key": key, "nonce": nonce, "expires": expires_wall_ms}
    return _USE.count(connection, values) == 1


def forget_expired(connection: Connection, wall_ms: int) -> None:
    """Drop the nonces whose signatures are too old to be accepted anyway."""
    connection.execute(delete(nonces).where(nonces.c.expires_real < wall_ms))
