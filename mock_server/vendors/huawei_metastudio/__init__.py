"""Huawei Cloud MetaStudio: videos of clone avatars, and the library of what they are made from."""

NAME = "huawei-metastudio"
