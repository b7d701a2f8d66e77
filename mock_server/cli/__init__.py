"""The subcommands, one module each; see command_line."""
