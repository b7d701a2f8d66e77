"""Whether a scenario chooses a call: by pattern, period, number of times and a seeded chance."""

from collections.abc import Iterable
from functools import lru_cache

import jsonschema_rs

# The engine of these patterns takes time in proportion to the text, whatever the pattern is; what a pattern may cost to
# prepare is limited here, in bytes.
_PATTERN_BYTES = 1_000_000
_OPTIONS = jsonschema_rs.RegexOptions(size_limit=_PATTERN_BYTES, dfa_size_limit=_PATTERN_BYTES)
MAX_PATTERN_LENGTH = 500


@lru_cache(maxsize=1024)
def _compiled(pattern: str) -> jsonschema_rs.Draft202012Validator:
    return jsonschema_rs.Draft202012Validator({"pattern": pattern}, pattern_options=_OPTIONS)


def pattern_problem(pattern: str) -> str | None:
    """Why a text is no pattern that takes linear time; None if it is one."""
    try:
        _compiled(pattern)
    except ValueError as error:
        return str(error).splitlines()[0]
    return None


def matches(pattern: str | None, texts: Iterable[str]) -> bool:
    """Whether a pattern is found in one of some texts; no pattern matches all."""
    return pattern is None or any(_compiled(pattern).is_valid(text) for text in texts)
