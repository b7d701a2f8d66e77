"""`python -m bodydouble` is the command `bodydouble`."""

from bodydouble.mock_server.command_line import main

main(prog_name="bodydouble")
