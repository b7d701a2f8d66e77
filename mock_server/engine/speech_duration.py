"""How long a text takes to speak: a fixed rule, so that durations can be predicted."""

import re

_TAG = re.compile(r"<[^<>]*>")
# Milliseconds for one character: writing systems whose characters are syllables or words, and all others.
_IDEOGRAPH, _LETTER = 220, 70
_FIRST_IDEOGRAPH = "\u2e80"
MIN_DURATION = 500
# The duration of a recording, which the mock server does not fetch.
UNKNOWN_RECORDING = 10_000


def speaking_time(text: str) -> int:
    """Milliseconds that a text takes to speak."""
    ideographs = 0 if text.isascii() else sum(character >= _FIRST_IDEOGRAPH for character in text)
    return max(MIN_DURATION, _LETTER * len(text) + (_IDEOGRAPH - _LETTER) * ideographs)


def without_tags(text: str) -> str:
    """A text without its tags (SSML, pauses), which nobody speaks."""
    return _TAG.sub("", text)
