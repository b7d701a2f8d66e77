"""Alibaba Cloud avatar (2022-01-30): live avatar streams, avatar videos, custom avatars, rendering on the device."""

NAME = "aliyun-avatar"
