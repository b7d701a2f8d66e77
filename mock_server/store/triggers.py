"""Triggers that maintain the counts of tasks in the transaction of every change: no path can forget them."""

from sqlalchemy import Connection

from bodydouble.mock_server.store.tables import ANY_STATE, BLOCK_SIZE, DELETED

# Later than any clock can show, as in the engine's plans.
_NEVER = 2**62
_KEY = "account_id, vendor, kind, state, category, block"
_BOUNDS = "min_from, max_from, min_until, max_until"


def _add(row: str, state: str, category: str, first: str, until: str, least: str, greatest: str) -> str:
    return f"""
  INSERT INTO task_blocks ({_KEY}, count, {_BOUNDS})
  VALUES ({row}.account_id, {row}.vendor, {row}.kind, {state}, {category}, {row}.number / {BLOCK_SIZE}, 1,
    {first}, {first}, {until}, {until})
  ON CONFLICT ({_KEY}) DO UPDATE SET count = task_blocks.count + 1,
    min_from = {least}(task_blocks.min_from, excluded.min_from),
    max_from = {greatest}(task_blocks.max_from, excluded.max_from),
    min_until = {least}(task_blocks.min_until, excluded.min_until),
    max_until = {greatest}(task_blocks.max_until, excluded.max_until);"""


def _subtract(row: str, state: str, category: str) -> str:
    block = f"""account_id = {row}.account_id AND vendor = {row}.vendor AND kind = {row}.kind
    AND state = {state} AND category = {category} AND block = {row}.number / {BLOCK_SIZE}"""
    return f"""
  UPDATE task_blocks SET count = count - 1 WHERE {block};
  DELETE FROM task_blocks WHERE {block} AND count <= 0;"""


def _forget_phases(row: str) -> str:
    return f"""
  DELETE FROM task_phases WHERE account_id = {row}.account_id AND vendor = {row}.vendor AND kind = {row}.kind
    AND number = {row}.number;"""


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
        "task_removed": ("DELETE ON tasks", "TRUE", _subtract("OLD", was, of_old) + _forget_phases("OLD")),
        "phase_added": (
            "INSERT ON task_phases",
            "TRUE",
            _add("NEW", "NEW.state", "NEW.category", "NEW.from_at", "NEW.until_at", least, greatest),
        ),
        "phase_removed": ("DELETE ON task_phases", "TRUE", _subtract("OLD", "OLD.state", "OLD.category")),
    }


def create(connection: Connection) -> None:
    """Create the triggers that do not exist yet, once the tables do."""
    on_sqlite = connection.dialect.name == "sqlite"
    for name, (event, condition, body) in _bodies(*(("min", "max") if on_sqlite else ("least", "greatest"))).items():
        if on_sqlite:
            connection.exec_driver_sql(
                f"CREATE TRIGGER IF NOT EXISTS {name} AFTER {event} WHEN {condition} BEGIN {body}\nEND"
            )
        else:
            connection.exec_driver_sql(
                f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {body}\n"
                "  RETURN NULL;\nEND $$"
            )
            connection.exec_driver_sql(f"DROP TRIGGER IF EXISTS {name} ON {event.rpartition(' ')[2]}")
            connection.exec_driver_sql(
                f"CREATE TRIGGER {name} AFTER {event} FOR EACH ROW WHEN ({condition}) EXECUTE FUNCTION {name}()"
            )
