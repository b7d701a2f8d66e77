"""Which other servers use a database, by the names of their connections, as PostgreSQL lists them."""

import secrets

from sqlalchemy import Connection, text

from bodydouble.mock_server.store.prepared_statement import PreparedStatement

_PREFIX = "bodydouble "
_OTHERS = PreparedStatement(
    text(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
        f"AND starts_with(application_name, '{_PREFIX}') AND application_name <> :own_name"
    )
)


def new_name() -> str:
    """A name for the connections of all processes of a server, which no other server has."""
    return f"{_PREFIX}{secrets.token_hex(8)}"


def are_others_connected(connection: Connection, own_name: str) -> bool:
    """Whether a process of another server is connected. One that serves requests is, as long as the database is there.

    Args:
        own_name: of the connections of this server.
    """
    return bool(_OTHERS.scalar(connection, {"own_name": own_name}))
