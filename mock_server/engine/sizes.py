"""Sizes of pictures and videos."""

# Width and height in pixels.
Size = tuple[int, int]


def parse_size(text: str) -> Size:
    """The size that a text such as `1080x1920` means.

    Raises:
        ValueError: the text has another form.
    """
    width, height = map(int, text.split("x"))
    return width, height
