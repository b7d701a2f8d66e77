"""Bodies of messages as they are checked and recorded: without their content coding."""

from collections.abc import Mapping
from dataclasses import dataclass

from bodydouble.contracts.core.content_coding import CorruptBodyError, TooLongError, UnknownCodingError, decoded


@dataclass(frozen=True, slots=True)
class DecodedBody:
    """A body without its content coding.

    Attributes:
        content: empty if the body could not be decoded.
        whole: whether the content is the body in full.
        corrupt: whether the body is not what its `Content-Encoding` says.
        unknown: the content coding that is unknown; empty if none is.
    """

    content: bytes
    whole: bool = True
    corrupt: bool = False
    unknown: str = ""


NOT_KEPT = DecodedBody(b"", whole=False)


def decoded_body(body: bytes, headers: Mapping[str, str], limit: int) -> DecodedBody:
    """Decode a body that is complete.

    Args:
        headers: of its message, names in lower case.
        limit: bytes that the content may have; a longer one is not here.
    """
    try:
        return DecodedBody(decoded(body, headers.get("content-encoding", ""), limit))
    except UnknownCodingError as error:
        return DecodedBody(b"", whole=False, unknown=error.coding)
    except CorruptBodyError:
        return DecodedBody(b"", whole=False, corrupt=True)
    except TooLongError:
        return NOT_KEPT
