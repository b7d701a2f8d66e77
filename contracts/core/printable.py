"""Text from elsewhere, as a terminal or a report may show it."""


def printable(text: str, keep: str = "") -> str:
    """A text with everything written out that does not print.

    What a server, a client or a test engine makes up may hold line ends, or what a terminal obeys.

    Args:
        keep: characters that stay as they are.
    """
    if text.isprintable():
        return text
    return "".join(
        char if char.isprintable() or char in keep else char.encode("unicode_escape").decode() for char in text
    )


def counted(count: int, noun: str) -> str:
    """A count with its noun: `1 violation`, `2 violations`. The plural must be regular."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
