"""Acme Cloud: say in one line what the vendor offers."""

NAME = "acme-cloud"
