"""Guiji: avatars and voices cloned from recordings, videos and audio synthesised with them."""

NAME = "guiji"
