"""Subtitles in a SubRip file."""

# Full-width punctuation is what this module looks for.
# ruff: noqa: RUF001

import re
from itertools import accumulate, pairwise

from bodydouble.mock_server.media.arguments import require_duration

_CONTROL_CHARACTERS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_LONE_SURROGATES = re.compile(r"[\ud800-\udfff]")

# Latin marks end a sentence only before a space, so that "3.14" stays whole; CJK text has no spaces.
_SENTENCE_END = re.compile(
    r"(?<=[.!?;…])\s"
    r"|(?<=[.!?;…][\"')\]”’])\s"
    r"|(?<=[。！？；])(?![。！？；”’」』）】])"
    r"|(?<=[。！？；][”’」』）】])(?![。！？；”’」』）】])"
)

# At most forty characters: up to a space or a CJK comma if there is one, else cut in the middle of the word.
_CUE_TEXT = re.compile(r"\S.{0,39}(?:(?=\s)|(?<=[，、：])|$)|\S.{0,39}")


def srt(text: str, duration_ms: int) -> bytes:
    """Make SubRip subtitles for a spoken text.

    The text is split at the ends of sentences (Latin and CJK punctuation) into cues of at most 40 characters that
    follow each other without gaps; each is shown for a time proportional to its length, but at least 1 ms. In the
    unreal case of more cues than milliseconds, all of them become lines of a single cue. Line breaks and control
    characters become spaces, and ``-->``, which would look like a time line, becomes an arrow.

    Args:
        text: the spoken text. Without any visible text there is one cue with an ellipsis, since a file without
            cues is an error for many players.
        duration_ms: end of the last cue in milliseconds, 1 to 86400000 (24 hours).

    Returns:
        The file in UTF-8 without a byte order mark, with line feeds as line ends.

    Raises:
        ValueError: the duration is out of range.
    """
    require_duration(duration_ms)
    return "".join(
        f"{number}\n{_clock(start)} --> {_clock(end)}\n{cue}\n\n"
        for number, (start, end, cue) in enumerate(timed_cues(text, duration_ms), start=1)
    ).encode()


def timed_cues(text: str, duration_ms: int) -> list[tuple[int, int, str]]:
    """Return start and end in milliseconds, and text, of every cue."""
    cues = _cue_texts(text)
    if len(cues) > duration_ms:
        cues = ["\n".join(cues)]
    spare_ms = duration_ms - len(cues)
    lengths = list(accumulate(map(len, cues), initial=0))
    times = [index + spare_ms * length // lengths[-1] for index, length in enumerate(lengths)]
    return [(start, end, cue) for cue, (start, end) in zip(cues, pairwise(times), strict=True)]


def _cue_texts(text: str) -> list[str]:
    """Return the texts of the cues, none of them empty."""
    cleaned = _LONE_SURROGATES.sub("\N{REPLACEMENT CHARACTER}", _CONTROL_CHARACTERS.sub(" ", text))
    line = " ".join(cleaned.split()).replace("-->", "→")
    return [cue for sentence in _SENTENCE_END.split(line) for cue in _CUE_TEXT.findall(sentence)] or ["…"]


def _clock(milliseconds: int) -> str:
    """Return a time as SubRip writes it: ``hours:minutes:seconds,milliseconds``."""
    seconds, milliseconds = divmod(milliseconds, 1000)
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02},{milliseconds:03}"
