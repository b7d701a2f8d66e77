"""Downloadable result files: small, valid and deterministic, made without any third-party dependency.

Every function returns the whole file as bytes, and the same arguments always give the same bytes.
"""

from .ass import ass
from .content_types import content_type
from .mp4 import mp4
from .png import png
from .srt import srt
from .video_templates import frame_size
from .wav import wav
from .webm import webm
from .zip import zip_package

__all__ = ["ass", "content_type", "frame_size", "mp4", "png", "srt", "wav", "webm", "zip_package"]
