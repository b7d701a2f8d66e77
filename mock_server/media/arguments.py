"""Checks of arguments that several file types share."""

# A day is far beyond any real result, stays inside the 32-bit time fields of the templates and keeps SubRip hours
# at two digits.
MAXIMUM_DURATION_MS = 24 * 3600 * 1000

MAXIMUM_SIDE = 8192


def require_between(name: str, value: int, minimum: int, maximum: int) -> None:
    """Raise ValueError, naming the argument, unless ``minimum <= value <= maximum``."""
    if not minimum <= value <= maximum:
        raise ValueError(f"{name} must be between {minimum} and {maximum}, not {value}")


def require_duration(duration_ms: int) -> None:
    """Raise ValueError unless the duration is between 1 millisecond and 24 hours."""
    require_between("duration_ms", duration_ms, 1, MAXIMUM_DURATION_MS)


def require_size(width: int, height: int) -> None:
    """Raise ValueError unless both sides are between 1 and 8192 pixels."""
    require_between("width", width, 1, MAXIMUM_SIDE)
    require_between("height", height, 1, MAXIMUM_SIDE)
