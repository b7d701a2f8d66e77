"""`python -m mock_server` is the command `bodydouble`."""

from mock_server.command_line import main

main(prog_name="bodydouble")
