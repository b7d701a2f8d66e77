"""The subcommands, one module each."""

from mock_server.commands.examples import examples
from mock_server.commands.proxy import proxy
from mock_server.commands.serve import serve
from mock_server.commands.specs import specs

ALL = (examples, proxy, serve, specs)
