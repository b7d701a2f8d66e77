"""The active laws, by name.

How to add one: write a function from a `LawContext` and an operation to violations and results, and add an `ActiveLaw`
with it to `ACTIVE_LAWS`. It is called once for each operation that declares one of its laws, and once more from the
start if it yields a violation; only what the second call confirms is reported.
"""

from bodydouble.contracts.endpoint.laws.active_law import ActiveLaw
from bodydouble.contracts.endpoint.laws.created import CREATED
from bodydouble.contracts.endpoint.laws.deleted import DELETED, DELETED_EARLY
from bodydouble.contracts.endpoint.laws.edges import EDGES_EARLY, EDGES_LATE
from bodydouble.contracts.endpoint.laws.filters import FILTERS
from bodydouble.contracts.endpoint.laws.isolation import ISOLATION
from bodydouble.contracts.endpoint.laws.orders import ORDERS
from bodydouble.contracts.endpoint.laws.other_records import NAMED, REMOVED
from bodydouble.contracts.endpoint.laws.pages import PAGES
from bodydouble.contracts.endpoint.laws.read_filters import READ_FILTERS
from bodydouble.contracts.endpoint.laws.reads import READS
from bodydouble.contracts.endpoint.laws.updated import UPDATED

# In the order in which they run, first those before the watch. Lists show more after the creates, and stand still when
# what was created has ended; what is changed or deleted comes last.
ACTIVE_LAWS: tuple[ActiveLaw, ...] = (
    CREATED,
    NAMED,
    ISOLATION,
    EDGES_EARLY,
    DELETED_EARLY,
    PAGES,
    ORDERS,
    FILTERS,
    READ_FILTERS,
    READS,
    REMOVED,
    UPDATED,
    EDGES_LATE,
    DELETED,
)
