"""Triggers that maintain the counts of tasks and of resources in the transaction of every change: no path forgets them.

They are part of the stored form: another text needs another version, whose migration creates them anew.
"""

from sqlalchemy import Connection

from bodydouble.mock_server.store.tables import ANY_STATE, BLOCK_SIZES, DELETED, RESOURCE_BLOCK, SEARCH_BLOCK

# Later than any clock can show, as in the engine's plans.
_NEVER = 2**62
_KEY = "account_id, vendor, kind, level, state, category, block"
_BOUNDS = "min_from, max_from, min_until, max_until"
_RESOURCE_KEY = "account_id, vendor, kind, category, block"


def _add(row: str, state: str, category: str, first: str, until: str, least: str, greatest: str) -> str:
    values = ",\n    ".join(
        f"({row}.account_id, {row}.vendor, {row}.kind, {level}, {state}, {category}, {row}.number / {size}, 1, "
        f"{first}, {first}, {until}, {until})"
        for level, size in enumerate(BLOCK_SIZES)
    )
    return f"""
  INSERT INTO task_blocks ({_KEY}, count, {_BOUNDS})
  VALUES {values}
  ON CONFLICT ({_KEY}) DO UPDATE SET count = task_blocks.count + 1,
    min_from = {least}(task_blocks.min_from, excluded.min_from),
    max_from = {greatest}(task_blocks.max_from, excluded.max_from),
    min_until = {least}(task_blocks.min_until, excluded.min_until),
    max_until = {greatest}(task_blocks.max_until, excluded.max_until);"""


def _subtract(row: str, state: str, category: str) -> str:
    return "".join(
        _subtract_one(
            "task_blocks",
            f"""account_id = {row}.account_id AND vendor = {row}.vendor AND kind = {row}.kind AND level = {level}
    AND state = {state} AND category = {category} AND block = {row}.number / {size}""",
        )
        for level, size in enumerate(BLOCK_SIZES)
    )


def _subtract_one(table: str, block: str) -> str:
    return f"""
  UPDATE {table} SET count = count - 1 WHERE {block};
  DELETE FROM {table} WHERE {block} AND count <= 0;"""


def _forget_phases(row: str) -> str:
    return f"""
  DELETE FROM task_phases WHERE account_id = {row}.account_id AND vendor = {row}.vendor AND kind = {row}.kind
    AND number = {row}.number;"""


def _forget_parts(table: str, position: str) -> str:
    # Of a block from which the last row has gone.
    block = f"OLD.{position} / {SEARCH_BLOCK}"
    scope = "account_id = OLD.account_id AND vendor = OLD.vendor AND kind = OLD.kind"
    first = f"({block}) * {SEARCH_BLOCK}"
    return f"""
  DELETE FROM search_parts WHERE {scope} AND block = {block} AND NOT EXISTS (
    SELECT 1 FROM {table} WHERE {scope} AND {position} BETWEEN {first} AND {first} + {SEARCH_BLOCK - 1});"""


def _add_resource() -> str:
    return f"""
  INSERT INTO resource_blocks ({_RESOURCE_KEY}, count)
  VALUES (NEW.account_id, NEW.vendor, NEW.kind, NEW.category, NEW.id / {RESOURCE_BLOCK}, 1)
  ON CONFLICT ({_RESOURCE_KEY}) DO UPDATE SET count = resource_blocks.count + 1;"""


def _subtract_resource() -> str:
    return _subtract_one(
        "resource_blocks",
        f"""account_id = OLD.account_id AND vendor = OLD.vendor AND kind = OLD.kind AND category = OLD.category
    AND block = OLD.id / {RESOURCE_BLOCK}""",
    )


def _bodies(least: str, greatest: str) -> dict[str, tuple[str, str, str]]:
    # By name of the trigger: its event, its condition, its statements.
    category, of_old = "coalesce(NEW.category, '')", "coalesce(OLD.category, '')"
    any_state, deleted = f"'{ANY_STATE}'", f"'{DELETED}'"
    was = f"CASE WHEN OLD.deleted_at IS NULL THEN {any_state} ELSE {deleted} END"
    added = _add("NEW", any_state, category, "NEW.created_at", str(_NEVER), least, greatest)
    marked = _add("NEW", deleted, category, "NEW.created_at", str(_NEVER), least, greatest)
    return {
        "task_added": ("INSERT ON tasks", "NEW.deleted_at IS NULL", added),
        "task_marked_deleted": (
            "UPDATE OF deleted_at ON tasks",
            "OLD.deleted_at IS NULL AND NEW.deleted_at IS NOT NULL",
            _subtract("OLD", any_state, of_old) + marked + _forget_phases("OLD"),
        ),
        "task_removed": (
            "DELETE ON tasks",
            "TRUE",
            _subtract("OLD", was, of_old) + _forget_phases("OLD") + _forget_parts("tasks", "number"),
        ),
        "phase_added": (
            "INSERT ON task_phases",
            "TRUE",
            _add("NEW", "NEW.state", "NEW.category", "NEW.from_at", "NEW.until_at", least, greatest),
        ),
        "phase_removed": ("DELETE ON task_phases", "TRUE", _subtract("OLD", "OLD.state", "OLD.category")),
        "resource_added": ("INSERT ON resources", "TRUE", _add_resource()),
        "resource_removed": ("DELETE ON resources", "TRUE", _subtract_resource() + _forget_parts("resources", "id")),
        "resource_moved": (
            "UPDATE OF category ON resources",
            "OLD.category <> NEW.category",
            _subtract_resource() + _add_resource(),
        ),
    }


def statements(dialect: str) -> dict[str, list[str]]:
    """What creates each trigger on a kind of database, by the trigger's name."""
    if dialect == "sqlite":
        return {
            name: [f"CREATE TRIGGER {name} AFTER {event} WHEN {condition} BEGIN {body}\nEND"]
            for name, (event, condition, body) in _bodies("min", "max").items()
        }
    return {
        name: [
            f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {body}\n"
            "  RETURN NULL;\nEND $$",
            f"CREATE TRIGGER {name} AFTER {event} FOR EACH ROW WHEN ({condition}) EXECUTE FUNCTION {name}()",
        ]
        for name, (event, condition, body) in _bodies("least", "greatest").items()
    }


def create(connection: Connection) -> None:
    """Create the triggers that do not exist yet, once the tables do; those that exist are of the same version."""
    existing = _existing(connection)
    for name, creation in statements(connection.dialect.name).items():
        for statement in creation if name not in existing else ():
            connection.exec_driver_sql(statement)


def drop(connection: Connection) -> None:
    """Remove the triggers, to create them anew."""
    for name, table in _existing(connection).items():
        on_table = "" if connection.dialect.name == "sqlite" else f" ON {table}"
        connection.exec_driver_sql(f"DROP TRIGGER {name}{on_table}")


def _existing(connection: Connection) -> dict[str, str]:
    # The tables of the triggers, by name. A look, which waits for no lock of a table.
    if connection.dialect.name == "sqlite":
        query = "SELECT name, tbl_name FROM sqlite_master WHERE type = 'trigger'"
    else:
        query = (
            "SELECT tgname, relname FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid "
            "WHERE NOT tgisinternal AND pg_table_is_visible(tgrelid)"
        )
    known = {event.rpartition(" ")[2] for event, _, _ in _bodies("", "").values()}
    rows = connection.exec_driver_sql(query).fetchall()
    return {name: table for name, table in rows if table in known}
