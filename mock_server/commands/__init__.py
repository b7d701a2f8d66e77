"""The subcommands, one module each."""

from mock_server.commands.examples import examples
from mock_server.commands.proxy import proxy
from mock_server.commands.receiver import receiver
from mock_server.commands.serve import serve
from mock_server.commands.specs import specs

ALL = (serve, specs, receiver, proxy, examples)
