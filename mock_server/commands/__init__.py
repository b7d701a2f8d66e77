"""The subcommands, one module each."""

from mock_server.commands.check import check
from mock_server.commands.receiver import receiver
from mock_server.commands.serve import serve
from mock_server.commands.specs import specs

ALL = (serve, specs, check, receiver)
