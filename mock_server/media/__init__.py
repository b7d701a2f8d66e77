"""Downloadable result files: small, valid and deterministic, made without any third-party dependency.

Every function returns the whole file as bytes, and the same arguments always give the same bytes.
"""

from bodydouble.mock_server.media.ass import ass
from bodydouble.mock_server.media.content_types import content_type
from bodydouble.mock_server.media.mp4 import mp4
from bodydouble.mock_server.media.png import png
from bodydouble.mock_server.media.srt import srt
from bodydouble.mock_server.media.video_templates import frame_size
from bodydouble.mock_server.media.wav import wav
from bodydouble.mock_server.media.webm import webm
from bodydouble.mock_server.media.zip import zip_package

__all__ = ["ass", "content_type", "frame_size", "mp4", "png", "srt", "wav", "webm", "zip_package"]
