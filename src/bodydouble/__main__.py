"""`python -m bodydouble` is the command `bodydouble`."""

from bodydouble.mock_server.cli.main import main

main(prog_name="bodydouble")
