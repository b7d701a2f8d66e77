"""The tables. All times are epoch milliseconds; `_at` on the account's clock, `_real` on the real one."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ColumnElement,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    UniqueConstraint,
    case,
    literal_column,
)

from bodydouble.mock_server.store.table_parts import (
    Bytewise,
    Identity,
    account_column,
    partial,
)
from bodydouble.mock_server.store.table_parts import (
    journal_metadata as journal_metadata,
)
from bodydouble.mock_server.store.table_parts import (
    metadata as metadata,
)

accounts = Table(
    "accounts",
    metadata,
    Column("id", Text, primary_key=True),
    Column("seed", BigInteger, nullable=False),
    Column("created_real", BigInteger, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("clock_offset", BigInteger, nullable=False),
    Column("clock_frozen_at", BigInteger),
    Column("advancing_until_real", BigInteger, nullable=False, default=0),
    Column("pace", Float, nullable=False),
    Column("last_number", BigInteger, nullable=False),
    Column("scenario_count", Integer, nullable=False, default=0),
    Column("settings", Text, nullable=False),
    Column("callback_clock", Text, nullable=False),
    Column("resets", Integer, nullable=False, default=0),
    # Of the account from which its identifiers come, if it was restored from another account's snapshot.
    Column("origin_id", Text),
    Column("origin_seed", BigInteger),
)


def account_now(wall_ms: int | ColumnElement[int]) -> ColumnElement[int]:
    """What the clock of an account shows, within a statement that reads its row.

    Args:
        wall_ms: epoch milliseconds of the real clock.
    """
    frozen_at = accounts.c.clock_frozen_at
    return case((frozen_at.is_(None), accounts.c.clock_offset + wall_ms), else_=frozen_at)


credentials = Table(
    "credentials",
    metadata,
    Column("vendor", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    account_column(),
    Column("content", Text, nullable=False),
    Index("credentials_by_account", "account_id", "vendor"),
)

tokens = Table(
    "tokens",
    metadata,
    Column("token", Text, primary_key=True),
    account_column(),
    Column("vendor", Text, nullable=False),
    Column("purpose", Text, nullable=False),
    Column("expires_at", BigInteger, nullable=False),
    Index("tokens_by_account", "account_id"),
)

nonces = Table(
    "nonces",
    metadata,
    Column("vendor", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("nonce", Text, primary_key=True),
    Column("expires_real", BigInteger, nullable=False, index=True),
)

tasks = Table(
    "tasks",
    metadata,
    Column("id", Identity, primary_key=True),
    account_column(),
    Column("vendor", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("category", Text),
    Column("number", BigInteger, nullable=False),
    Column("key", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("settles_at", BigInteger, nullable=False),
    # When the reservation is charged; NULL without a reservation or a success.
    Column("charged_at", BigInteger),
    # When its work ends; NULL for tasks whose work is not counted.
    Column("works_until", BigInteger),
    Column("deleted_at", BigInteger),
    Column("callback_state", Integer, nullable=False, default=0),
    Column("plan", Text, nullable=False),
    # What the server needs to run it (TaskRuntime), and what the vendor needs to show it.
    Column("runtime", Text, nullable=False),
    Column("attributes", Text, nullable=False),
    UniqueConstraint("account_id", "vendor", "kind", "key"),
    # With what a list skips, so that skipping reads no row.
    Index("tasks_in_order", "account_id", "vendor", "kind", "number", "deleted_at"),
    Index("tasks_unsettled", "account_id", "settles_at"),
)
# Partial: most kinds have no categories, and every index slows every creation down.
Index(
    "tasks_by_category",
    tasks.c.account_id,
    tasks.c.vendor,
    tasks.c.kind,
    tasks.c.category,
    tasks.c.number,
    tasks.c.deleted_at,
    **partial(tasks.c.category.is_not(None)),
)
# Partial: the work of few kinds of tasks is limited.
Index(
    "tasks_at_work",
    tasks.c.account_id,
    tasks.c.vendor,
    tasks.c.kind,
    tasks.c.works_until,
    **partial(tasks.c.works_until.is_not(None)),
)

# How many tasks there are, by blocks of numbers; triggers maintain it (`store/triggers`). A row counts the tasks that
# are not deleted (state ANY_STATE), those that are (DELETED), or the phases of a state. Its bounds are those of the
# phases (of the creation for ANY_STATE): they tell that a whole block is in the state, or nothing of it. Deletions
# leave them wider than need be, which is safe. A block of a level has BLOCK_RATIO of the level below: a list reads a
# row for every 16,384 tasks, and few tasks where a part of a block is selected.
BLOCK_SIZE, BLOCK_RATIO = 256, 64
BLOCK_SIZES = (BLOCK_SIZE, BLOCK_SIZE * BLOCK_RATIO)
ANY_STATE, DELETED = "", "/deleted"
BOUNDS = ("min_from", "max_from", "min_until", "max_until")
task_blocks = Table(
    "task_blocks",
    metadata,
    account_column(primary_key=True),
    Column("vendor", Text, primary_key=True),
    Column("kind", Text, primary_key=True),
    Column("level", Integer, primary_key=True),
    Column("state", Text, primary_key=True),
    Column("block", BigInteger, primary_key=True),
    Column("category", Text, primary_key=True),
    Column("count", BigInteger, nullable=False),
    Column("min_from", BigInteger, nullable=False),
    Column("max_from", BigInteger, nullable=False),
    Column("min_until", BigInteger, nullable=False),
    Column("max_until", BigInteger, nullable=False),
    Index("task_blocks_largest", "account_id", "state", "vendor", "kind", **partial(literal_column("level = 1"))),
    sqlite_with_rowid=False,
)
is_largest_block = task_blocks.c.level == literal_column("1")
# The states of the tasks' plans, of the kinds that are listed by state: each with the time from which, and until which.
task_phases = Table(
    "task_phases",
    metadata,
    account_column(primary_key=True),
    Column("vendor", Text, primary_key=True),
    Column("kind", Text, primary_key=True),
    Column("number", BigInteger, primary_key=True),
    Column("from_at", BigInteger, primary_key=True),
    Column("until_at", BigInteger, nullable=False),
    Column("state", Text, nullable=False),
    Column("category", Text, nullable=False),
    sqlite_with_rowid=False,
)

# Which blocks of SEARCH_BLOCK tasks (by number), or resources (by row), may have one with a text (`store/search`).
SEARCH_BLOCK = 64
search_parts = Table(
    "search_parts",
    metadata,
    account_column(primary_key=True),
    Column("vendor", Text, primary_key=True),
    Column("kind", Text, primary_key=True),
    Column("field", Text, primary_key=True),
    Column("part", Bytewise, primary_key=True),
    Column("block", BigInteger, primary_key=True),
    Index("search_parts_by_block", "account_id", "vendor", "kind", "block"),
    sqlite_with_rowid=False,
)

# What is reserved of quotas, by the time at which it is charged: in milliseconds (level 0), and in units of each level
# (`store/reservations`), so that a sum of what is charged after a time reads few rows.
reservations = Table(
    "reservations",
    metadata,
    account_column(primary_key=True),
    Column("vendor", Text, primary_key=True),
    Column("level", Integer, primary_key=True),
    Column("bucket", BigInteger, primary_key=True),
    Column("quota", Text, primary_key=True),
    Column("amount", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)

resources = Table(
    "resources",
    metadata,
    Column("id", Identity, primary_key=True),
    account_column(),
    Column("vendor", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("updated_at", BigInteger, nullable=False),
    # Distinguishes resources of one kind in lists, where the vendor does so.
    Column("category", Text, nullable=False, server_default=""),
    Column("content", Text, nullable=False),
    UniqueConstraint("account_id", "vendor", "kind", "key"),
    Index("resources_in_order", "account_id", "vendor", "kind", "category", "id"),
)

# How many resources there are, by blocks of RESOURCE_BLOCK rows; triggers maintain it.
RESOURCE_BLOCK = 2048
resource_blocks = Table(
    "resource_blocks",
    metadata,
    account_column(primary_key=True),
    Column("vendor", Text, primary_key=True),
    Column("kind", Text, primary_key=True),
    Column("category", Text, primary_key=True),
    Column("block", BigInteger, primary_key=True),
    Column("count", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)

uploads = Table(
    "uploads",
    metadata,
    Column("id", Identity, primary_key=True),
    account_column(),
    Column("vendor", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("expires_at", BigInteger, nullable=False),
    Column("md5", Text),
    Column("size", BigInteger),
    Column("content_type", Text),
    Column("stored_size", BigInteger),
    Column("stored_at", BigInteger),
    Column("content", LargeBinary),
    UniqueConstraint("account_id", "vendor", "key"),
)

quotas = Table(
    "quotas",
    metadata,
    account_column(primary_key=True),
    Column("vendor", Text, primary_key=True),
    Column("name", Text, primary_key=True),
    Column("total", BigInteger, nullable=False),
    Column("taken", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)

scenarios = Table(
    "scenarios",
    metadata,
    Column("id", Identity, primary_key=True),
    account_column(),
    Column("vendor", Text, nullable=False),
    Column("operation", Text, nullable=False),
    Column("task_name", Text),
    Column("outcome", Text),
    Column("reason", Text),
    Column("error", Text),
    Column("target", Text),
    Column("fault", Text),
    Column("buckets", Text, nullable=False, server_default="{}"),
    Column("pattern", Text),
    Column("probability", Float, nullable=False, server_default="1"),
    Column("seed", BigInteger, nullable=False, server_default="0"),
    Column("from_at", BigInteger),
    Column("until_at", BigInteger),
    Column("remaining", Integer),
    Column("profile", Text),
    Column("seen", BigInteger, nullable=False, server_default="0"),
    Column("struck", BigInteger, nullable=False, server_default="0"),
    Index("scenarios_by_account", "account_id", "vendor", "operation"),
)

deliveries = Table(
    "deliveries",
    metadata,
    Column("id", Text, primary_key=True),
    account_column(),
    Column("vendor", Text, nullable=False),
    Column("callback", Text, nullable=False),
    Column("task_id", ForeignKey("tasks.id", ondelete="CASCADE")),
    Column("task_state", Text),
    Column("url", Text, nullable=False),
    # Host and port of the URL, by which attempts under way are counted.
    Column("destination", Text, nullable=False),
    Column("context", Text, nullable=False),
    Column("body", LargeBinary),
    Column("state", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("due_at", BigInteger, nullable=False),
    Column("attempts", Integer, nullable=False, default=0),
    Column("leased_until_real", BigInteger, nullable=False, default=0),
    # The number of the step of the task's plan: the order of events of one millisecond.
    Column("step", Integer, nullable=False, server_default="0"),
    # The faults that strike it; null until its first attempt, which decides.
    Column("faults", Text),
    Index("deliveries_by_account", "account_id", "due_at"),
    Index("deliveries_by_task", "task_id"),
)
# A database uses a partial index only where a statement has the very condition, without a parameter.
delivery_is_pending = deliveries.c.state == literal_column("'pending'")
# Of an account, what is due is at the beginning; the look for it does not depend on how much is pending.
Index(
    "deliveries_pending",
    deliveries.c.account_id,
    deliveries.c.due_at,
    **partial(delivery_is_pending),
)
Index(
    "deliveries_pending_by_destination",
    deliveries.c.account_id,
    deliveries.c.destination,
    deliveries.c.due_at,
    **partial(delivery_is_pending),
)

attempts = Table(
    "attempts",
    metadata,
    Column("id", Identity, primary_key=True),
    Column("delivery_id", ForeignKey("deliveries.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("number", Integer, nullable=False),
    Column("trigger", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("url", Text, nullable=False),
    Column("request_headers", Text, nullable=False),
    Column("request_body", LargeBinary, nullable=False),
    Column("status", Integer),
    Column("response_body", Text),
    Column("duration", Float, nullable=False),
    Column("outcome", Text, nullable=False),
    Column("error", Text),
    Column("next_attempt_at", BigInteger),
    # Of the delivery, so that an index has the attempts of an account by their time.
    Column("account_id", Text, nullable=False, server_default=""),
    Column("faults", Text, nullable=False, server_default="[]"),
    Index("attempts_by_account", "account_id", "at"),
)

# Separate, so that it can be in a file of its own and never blocks the state.
journal = Table(
    "journal",
    journal_metadata,
    Column("id", Identity, primary_key=True),
    Column("account_id", Text),
    Column("vendor", Text, nullable=False),
    Column("operation", Text),
    Column("real", BigInteger, nullable=False),
    Column("at", BigInteger),
    Column("method", Text, nullable=False),
    Column("path", Text, nullable=False),
    Column("query", Text, nullable=False),
    Column("request_headers", Text, nullable=False),
    Column("request_body", Text, nullable=False),
    Column("status", Integer, nullable=False),
    Column("error", Text),
    Column("response_body", Text, nullable=False),
    Column("violations", Text, nullable=False),
    Column("task_id", BigInteger),
    Column("conforms", Boolean, nullable=False),
    Column("duration", Float, nullable=False),
    Column("faults", Text, nullable=False, server_default="[]"),
    Index("journal_by_account", "account_id", "id"),
    Index("journal_by_task", "task_id"),
)
