"""Subtitles in an Advanced SubStation Alpha file."""

from bodydouble.mock_server.media.arguments import require_duration
from bodydouble.mock_server.media.srt import timed_cues

_STYLE_FIELDS = "Name, Fontname, Fontsize, PrimaryColour, OutlineColour, BorderStyle, Outline, Alignment, MarginV"
_EVENT_FIELDS = "Layer, Start, End, Style, Text"
# In a dialogue line braces begin an override and a backslash an escape.
_PLAIN = str.maketrans({"{": "(", "}": ")", "\\": "/", "\n": "\\N"})


def ass(text: str, duration_ms: int, width: int, height: int) -> bytes:
    """Make subtitles for a spoken text, cut and timed as those of `srt`, in hundredths of a second.

    Args:
        text: the spoken text.
        duration_ms: end of the last line in milliseconds, 1 to 86400000 (24 hours).
        width: of the picture in pixels.
        height: of the picture in pixels.

    Returns:
        The file in UTF-8 without a byte order mark, with line feeds as line ends.

    Raises:
        ValueError: the duration is out of range.
    """
    require_duration(duration_ms)
    lines = [
        "[Script Info]",
        "ScriptType: v4.00+",
        f"PlayResX: {width}",
        f"PlayResY: {height}",
        "",
        "[V4+ Styles]",
        f"Format: {_STYLE_FIELDS}",
        "Style: Default,sans-serif,36,&H00FFFFFF,&H00000000,1,2,2,96",
        "",
        "[Events]",
        f"Format: {_EVENT_FIELDS}",
    ]
    lines += [
        f"Dialogue: 0,{_clock(start)},{_clock(end)},Default,{cue.translate(_PLAIN)}"
        for start, end, cue in timed_cues(text, duration_ms)
    ]
    return ("\n".join(lines) + "\n").encode()


def _clock(milliseconds: int) -> str:
    """Return a time as the format writes it: ``hours:minutes:seconds.hundredths``."""
    seconds, milliseconds = divmod(milliseconds, 1000)
    return f"{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}.{milliseconds // 10:02}"
