"""Access to the video templates that are shipped as package data (see ``templates/README.md``)."""

from functools import cache
from importlib.resources import files

from bodydouble.mock_server.media.arguments import require_size

_SIZES = ((720, 1280), (1080, 1920), (1280, 720), (1920, 1080))


def frame_size(width: int, height: int) -> tuple[int, int]:
    """Return the size that a video really gets when ``width`` x ``height`` is asked for.

    Changing the size of coded frames would need an encoder, so videos exist in four sizes only. The orientation is
    kept (a square counts as portrait), and of the two sizes of that orientation the one is taken whose shorter side
    (720 or 1080 pixels) is nearer to the shorter side asked for; 900 pixels give 720.

    Args:
        width: wanted width in pixels.
        height: wanted height in pixels.

    Returns:
        Width and height in pixels: 720x1280, 1080x1920, 1280x720 or 1920x1080.

    Raises:
        ValueError: a side is not between 1 and 8192 pixels.
    """
    require_size(width, height)
    is_landscape = width > height
    candidates = [size for size in _SIZES if (size[0] > size[1]) == is_landscape]
    return min(candidates, key=lambda size: abs(min(size) - min(width, height)))


@cache
def template(size: tuple[int, int], extension: str) -> bytes:
    """Return the template file for one of the four frame sizes and ``"mp4"`` or ``"webm"``; it is read only once."""
    width, height = size
    return files(__package__).joinpath("templates", f"{width}x{height}.{extension}").read_bytes()
